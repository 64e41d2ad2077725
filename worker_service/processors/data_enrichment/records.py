"""What comes out of a file: records, and what is said of those that cannot be read."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Unreadable:
    """In place of a record."""

    message: str


@dataclass(frozen=True)
class Source:
    """The records, and how far they have been read, from 0 to 1; `position` is from where another source goes on."""

    records: Iterator[Mapping[str, Any] | Unreadable]
    fraction: Callable[[], float]
    position: Callable[[], int]  # as the format counts: bytes, or rows

    def __iter__(self) -> Iterator[Mapping[str, Any] | Unreadable]:
        """Each once."""
        return self.records


class Unusable(Exception):
    """The file is not what it should be."""
