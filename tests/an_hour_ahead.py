"""arq's command with a clock that is an hour ahead: `python -m tests.an_hour_ahead worker_service.WorkerSettings`.

Whatever is imported after this module sees that clock alone. The monotonic one is right, as on a host whose clock was
set wrong.
"""

import datetime as dt
import time
from runpy import run_module
from typing import Self

HOUR = 3600
_time, _time_ns = time.time, time.time_ns


class Ahead(dt.datetime):
    @classmethod
    def now(cls, tz: dt.tzinfo | None = None) -> Self:
        return cls.fromtimestamp(time.time(), tz)


def main() -> None:
    time.time = lambda: _time() + HOUR
    time.time_ns = lambda: _time_ns() + HOUR * 10**9
    dt.datetime = Ahead  # type: ignore[misc]
    run_module("arq", run_name="__main__")


if __name__ == "__main__":
    main()
