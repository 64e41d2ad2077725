"""What a call to the API is made of, without I/O: a generator that yields what to do and is sent what came of it.

Both clients run the same generators, `Client` on threads' terms and `AsyncClient` on asyncio's.
"""

from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Generic, TypeAlias, TypeVar

import msgspec

from dmps.errors import NotUnderstood

T = TypeVar("T")
V = TypeVar("V")

SILENCE = 30.0  # seconds of silence after which a request is given up
Query: TypeAlias = Sequence[tuple[str, str]]


class Again(Enum):
    """When a request may be sent again because nobody knows what became of it."""

    ALWAYS = "always"  # to do it twice is to do it once
    IF_REFUSED = "if refused"  # only where it was certainly not done


@dataclass(frozen=True)
class Part:
    """So many bytes of a file, or of memory. `heard` is told of each piece that has gone, and where it began."""

    source: bytes | Path
    start: int
    size: int
    heard: Callable[[int, bytes], object]


@dataclass(frozen=True)
class Ask:
    """A request. Its answer has a body, unless it is a `stream`: that one's is read piece by piece, by `Read`."""

    method: str
    path: str
    query: Query = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | Part | None = None
    again: Again = Again.ALWAYS
    within: float = SILENCE
    stream: bool = False
    after: float = 0.0  # seconds to wait before it is sent


@dataclass(frozen=True)
class Read:
    """The next piece of the body of the last stream; its answer's body is empty at the end."""


@dataclass(frozen=True)
class Scan:
    """Read a part, and send it nowhere: it is only heard."""

    part: Part


@dataclass(frozen=True)
class Item(Generic[V]):
    """Something that the caller of an iterator is to get."""

    value: V


@dataclass(frozen=True)
class Answer:
    """What came."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)  # in lower case
    body: bytes = b""
    numbers: type = float  # what a number with a fraction becomes
    base: str = ""  # the URL of the API, for others: without a password

    def read(self, kind: type[T]) -> T:
        """The body as one of the models. Raises `NotUnderstood`."""
        try:
            return msgspec.json.Decoder(kind, float_hook=self.numbers).decode(self.body)
        except msgspec.DecodeError as error:  # which a ValidationError is, too
            raise NotUnderstood(self.body, str(error)) from error


Step: TypeAlias = Ask | Read | Scan
Plan: TypeAlias = Generator[Step, Answer, T]
Flow: TypeAlias = Generator[Step | Item[T], Answer, None]
