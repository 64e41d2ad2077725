"""When a request is sent again, and after how long: full jitter over a doubling pause, never before `Retry-After`."""

import random
from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Generic, TypeVar, cast

from dmps.errors import DmpsError, RateLimited, Refused, Unreachable, refusal
from dmps.exchange import Again, Answer, Ask, Item, Read, Scan, Step

T = TypeVar("T")
V = TypeVar("V")

NO_ANSWER = Answer(0)  # of an item
AMISS = 400  # the first status of a refusal
PASSING = frozenset({408, 502, 503, 504})
IN_FLIGHT = "/problems/request-in-flight"


@dataclass(frozen=True)
class Patience:
    """How often a request is sent at most, and how long the pauses are (seconds)."""

    tries: int = 6
    first: float = 0.5
    most: float = 30.0
    chance: Callable[[], float] = random.random

    def pause(self, ask: Ask, error: DmpsError, tried: int) -> float | None:
        """Seconds until the next try, after so many; None if there is none."""
        if tried >= self.tries or not may_try_again(ask, error):
            return None
        asked = (error.retry_after or 0.0) if isinstance(error, Refused) else 0.0
        if asked > self.most:
            return None
        return asked + self.chance() * min(self.most, self.first * 2.0 ** (tried - 1))


def may_try_again(ask: Ask, error: DmpsError) -> bool:
    """Whether another try may fare better, and can do no harm."""
    if isinstance(error, RateLimited):
        return True
    if isinstance(error, Unreachable) and not error.was_sent:
        return True
    if ask.again is not Again.ALWAYS:
        return False
    if isinstance(error, Refused):
        return error.status in PASSING or error.problem.type == IN_FLIGHT
    return isinstance(error, Unreachable)


class Run(Generic[V, T]):
    """A plan under way, with its requests sent again as often as need be. A refusal is raised within it."""

    def __init__(self, plan: Generator[Step | Item[V], Answer, T], patience: Patience) -> None:
        self._steps = _patient(plan, patience)
        self._result: T | None = None

    def begin(self) -> Step | Item[V] | None:
        """The first step; None where there is none."""
        return self._next(lambda: next(self._steps))

    def go_on(self, outcome: Answer | Unreachable | None) -> Step | Item[V] | None:
        """The next step, after what the last one came to (None for an item); None at the end."""
        if isinstance(outcome, Unreachable):
            return self._next(lambda: self._steps.throw(outcome))
        return self._next(lambda: self._steps.send(outcome or NO_ANSWER))

    def close(self) -> None:
        """Do not go on."""
        self._steps.close()

    @property
    def result(self) -> T:
        """What the plan came to, once it is at its end."""
        return cast("T", self._result)

    def _next(self, step: Callable[[], Step | Item[V]]) -> Step | Item[V] | None:
        try:
            return step()
        except StopIteration as end:
            self._result = end.value
            return None


def _patient(plan: Generator[Step | Item[V], Answer, T], patience: Patience) -> Generator[Step | Item[V], Answer, T]:
    outcome: Answer | DmpsError | None = None
    with closing(plan):
        while True:
            try:
                step = _after(plan, outcome)
            except StopIteration as end:
                result: T = end.value
                return result
            if isinstance(step, Ask):
                outcome = yield from _asked(step, patience)
            elif isinstance(step, Read | Scan):
                outcome = yield from _taken(step)
            else:
                yield step
                outcome = NO_ANSWER


def _after(plan: Generator[Step | Item[V], Answer, T], outcome: Answer | DmpsError | None) -> Step | Item[V]:
    if outcome is None:
        return next(plan)
    return plan.throw(outcome) if isinstance(outcome, DmpsError) else plan.send(outcome)


def _asked(ask: Ask, patience: Patience) -> Generator[Step, Answer, Answer | DmpsError]:
    tried, pause = 0, ask.after
    while True:
        outcome = yield from _taken(replace(ask, after=pause))
        tried += 1
        if not isinstance(outcome, DmpsError):
            return outcome
        again = patience.pause(ask, outcome, tried)
        if again is None:
            return outcome
        pause = again


def _taken(step: Step) -> Generator[Step, Answer, Answer | DmpsError]:
    try:
        answer = yield step
    except Unreachable as error:
        return error
    return refusal(answer.status, answer.headers, answer.body) if answer.status >= AMISS else answer
