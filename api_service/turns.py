"""Work that takes longer than a request may keep others waiting: between its parts, they get their turn."""

import asyncio
from collections.abc import Generator
from dataclasses import dataclass
from typing import TypeVar

_JOB_COST = 2048  # bytes: what checking a job costs beyond checking its bytes
_TURN = 64 * 1024  # bytes of work between two turns of the event loop: a millisecond or two

T = TypeVar("T")


@dataclass
class Turns:
    """Those of one request."""

    done: int = 0  # bytes looked at since the last turn

    async def through(self, work: Generator[int, None, T]) -> T:
        """What the work comes to. It yields how many bytes of each job it has looked at."""
        while True:
            try:
                self.done += _JOB_COST + next(work)
            except StopIteration as end:
                result: T = end.value
                return result
            while self.done > _TURN:  # after a large job several: a request of another caller takes more than one
                self.done -= _TURN
                await asyncio.sleep(0)
