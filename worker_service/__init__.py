"""The worker. `arq worker_service.WorkerSettings` runs it.

`WorkerSettings` is made when it is asked for: importing a processor must neither read settings nor touch arq.
"""

from typing import Any


def __getattr__(name: str) -> Any:  # noqa: ANN401 - as the protocol has it (PEP 562)
    if name != "WorkerSettings":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from shared.errors import Misconfigured  # noqa: PLC0415 - see above
    from worker_service.main import worker_settings  # noqa: PLC0415 - see above

    try:
        return worker_settings()
    except Misconfigured as error:
        raise SystemExit(str(error)) from error
