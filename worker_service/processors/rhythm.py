"""When a long job makes its checkpoints: so often that little is done twice, so seldom that they cost little."""

import time
from collections.abc import Callable, Mapping

EVERY = 2.0  # seconds, unless the operator says otherwise; 0: whenever it can
SHARE = 0.05  # of the time so far: so a job of ten hours makes about 150, and repeats half an hour at most
COST = 20.0  # times what the last one took: so they take a twentieth of the time at most


class Rhythm:
    """Of a job that has worked for so many seconds by its last checkpoint."""

    def __init__(
        self, configured: Mapping[str, str], seconds: float = 0.0, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._every = float(configured.get("checkpoint_every", EVERY))
        self._clock = clock
        self._began = clock() - seconds
        self._last = clock()
        self._cost = 0.0  # seconds

    @property
    def seconds(self) -> float:
        """How long the job has worked, for the state of its checkpoint."""
        return self._clock() - self._began

    def is_due(self) -> bool:
        """Whether to make one now. If so, the time until the next begins."""
        now = self._clock()
        wait = max(self._every, SHARE * (now - self._began), COST * self._cost)
        if self._every and now - self._last < wait:
            return False
        self._last = now
        return True

    def made(self) -> None:
        """It has been made."""
        self._cost = self._clock() - self._last
