"""The turns under way, and the slots and children they have asked for, which no other turn may ask for, too."""

import asyncio
import secrets
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from itertools import count

MOST = 2  # turns at a time: the store answers one while the jobs of the other run


@dataclass(eq=False)
class Turn:
    """One turn. `nonce` names its call to the store, `place` the key under which the store remembers that."""

    place: str
    nonce: str
    slots: int = 0
    children: int = 0
    suspects: int = 0

    def still_asks_for(self, jobs: int) -> None:
        """It was answered; so many of the jobs it got are yet to begin."""
        self.slots, self.children, self.suspects = jobs, min(jobs, self.children), min(jobs, self.suspects)


class Turns:
    """At most two turns, of a worker of that name."""

    def __init__(self, name: str) -> None:
        self._places = [f"{name}:{place}" for place in range(MOST)]
        self._tasks: dict[Turn, asyncio.Task[None]] = {}
        self.failure: BaseException | None = None  # a mistake of ours: nobody can say what it left undone
        self._nonces = (f"{secrets.token_hex(4)}-{number:x} " for number in count())

    def __len__(self) -> int:
        return len(self._tasks)

    @property
    def slots(self) -> int:
        """How many slots are asked for."""
        return sum(turn.slots for turn in self._tasks)

    @property
    def children(self) -> int:
        """How many children are asked for."""
        return sum(turn.children for turn in self._tasks)

    @property
    def suspects(self) -> int:
        """How many suspects are asked for."""
        return sum(turn.suspects for turn in self._tasks)

    @property
    def may_begin(self) -> bool:
        """Whether there is a place for another."""
        return bool(self._places)

    def begin(self, turn: Turn, work: Coroutine[None, None, None], ended: Callable[[], object]) -> None:
        """Do the work of a turn, beside the others; `ended` is called when it is done."""
        task = asyncio.create_task(work)
        self._tasks[turn] = task
        task.add_done_callback(lambda _: self._end(turn, ended))

    def next(self) -> Turn:
        """A turn at a free place."""
        return Turn(self._places.pop(), next(self._nonces))

    async def stop(self) -> None:
        """Cancel those under way."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _end(self, turn: Turn, ended: Callable[[], object]) -> None:
        task = self._tasks.pop(turn)
        self._places.append(turn.place)
        if not task.cancelled():
            self.failure = task.exception() or self.failure
        ended()
