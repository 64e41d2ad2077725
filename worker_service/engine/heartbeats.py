"""Notices attempts that tell nothing of their work for longer than they may."""

import math
from collections.abc import Callable, Mapping
from typing import Any

from worker_service.engine.holding import Hold
from worker_service.failures import Failure, fell_silent

Emit = Callable[[Mapping[str, Any]], None]


class Heartbeats:
    """`looked` is called at each look at all attempts, which come `every` so many seconds if the event loop turns.

    Only that counts as time here: while the loop is blocked, nobody is heard, and no neighbour is to suffer for it.
    """

    def __init__(self, every: float) -> None:
        self._every = every
        self._time = 0.0

    def looked(self) -> None:
        """Time passes."""
        self._time += self._every

    def heard_in(self, emit: Emit, hold: Hold) -> Emit:
        """The same, but it is noticed that the attempt told something."""

        def heard(what: Mapping[str, Any]) -> None:
            hold.heard = self._time + self._every
            emit(what)

        return heard

    def silent(self, hold: Hold, heartbeat: float, *, is_at_work: bool) -> Failure | None:
        """Why the attempt may not go on, if it fell silent. It need not tell anything before it is at work."""
        if hold.heard == math.inf and is_at_work:
            hold.heard = self._time
        return fell_silent(heartbeat) if self._time > hold.heard + heartbeat else None
