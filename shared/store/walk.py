"""Walks through indexes of jobs, merged, and finds those that fit: one step is one call of `lua/list.lua`."""

from collections.abc import Sequence
from dataclasses import dataclass

from msgspec import Struct, json

from shared.job import Status
from shared.store.connection import script
from shared.store.link import Link

LOOKS = 500  # ids looked at in one step: the store has others to serve
FIRST, LAST = ("-inf", ""), ("+inf", "")  # before and behind every place
NO_ID, ANY_ID = "", "g"  # less and greater than every id, also where the store's locale says what is greater

Bound = tuple[str, str]  # a score and an id: a place in the order


class Question(Struct, frozen=True, rename="camel", omit_defaults=True):
    """What is looked for: in these keys, between two places, of which the first belongs to it; `ids` the same.

    `time` asks when each job completed, from one time (ms) to another.
    """

    keys: Sequence[str]
    order: str
    by_score: bool
    low: Bound
    high: Bound
    wanted: int
    looks: int
    ids: tuple[str, str]
    within: Sequence[str]  # sorted sets that a job must be in, too
    statuses: Sequence[Status]
    types: Sequence[str]
    queues: Sequence[str]
    time: tuple[str, str] | None = None


@dataclass(frozen=True)
class Place:
    """A job in the order of a list: its score, and its id."""

    score: int
    id: str

    @classmethod
    def read(cls, text: str) -> "Place":
        """The place that was written down."""
        score, _, id = text.partition(":")
        return cls(int(score), id)

    def __str__(self) -> str:
        return f"{self.score}:{self.id}"

    @property
    def bound(self) -> Bound:
        """From it on."""
        return str(self.score), self.id

    @property
    def behind(self) -> Bound:
        """From what follows it on."""
        return str(self.score), f"{self.id}0"


@dataclass(frozen=True)
class Step:
    """What one step found, and up to where it looked: to the end if `is_last`."""

    found: list[Place]
    reached: Place
    is_last: bool


async def step(link: Link, question: Question) -> Step:
    """Some of what is looked for."""
    (reply,) = await link.run((script("list"), [json.encode(question)]))
    _, is_last, score, id, *found = reply
    places = [Place(int(score), id.decode()) for score, id in zip(found[::2], found[1::2], strict=True)]
    return Step(places, Place(int(score), id.decode()), bool(is_last))
