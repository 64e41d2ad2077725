"""The store's clock. A host whose own clock is wrong by an hour still sees the same time as all others."""

import time


class StoreClock:
    """The last time the store told, plus what has passed since by this host's monotonic clock."""

    def __init__(self) -> None:
        self._offset = time.time_ns() // 1_000_000 - _monotonic()

    def told(self, now: int) -> None:
        """Take the store's word (ms since the epoch), as it stood when its reply was written."""
        self._offset = now - _monotonic()

    def now(self) -> int:
        """Milliseconds since the epoch. Before the store was ever heard, by this host's clock."""
        return _monotonic() + self._offset


def _monotonic() -> int:
    return time.monotonic_ns() // 1_000_000
