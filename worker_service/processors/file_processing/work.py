"""What the operations of all families work on: a stored file, and what those before made of it."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import file_digest
from importlib import import_module
from io import BufferedIOBase, BufferedReader
from pathlib import Path
from types import ModuleType
from typing import Any, Protocol, TypeVar

from shared.files import StoredFile
from shared.scratch import scratch
from worker_service.processors import JobContext, Reject

T = TypeVar("T")

Parameters = Mapping[str, Any]
Report = dict[str, Any]


class Product(Protocol):
    """What changing operations made of a file: a picture, a table. It is written once, when the pipeline ends."""

    @property
    def media_type(self) -> str:
        """Of the file that it becomes."""

    @property
    def facts(self) -> Mapping[str, Any]:
        """What its entry in `outputs` tells besides what is told of any file."""

    def content(self) -> AbstractContextManager[BufferedIOBase]:
        """The file that it becomes, open for reading from its beginning. Raises `Reject` where it cannot be written."""


@dataclass(frozen=True, eq=False)
class Bundle:
    """Several files, which the last step of a pipeline may leave: each is saved as an output of its own."""

    parts: Sequence[Product]
    media_type: str = "multipart/mixed"  # of none of them; nobody reads it
    facts: Mapping[str, Any] = field(default_factory=dict)

    def content(self) -> AbstractContextManager[BufferedIOBase]:
        """There is no one file. Raises `Reject`."""
        raise Reject("There are several files by now.")


@dataclass(frozen=True, eq=False)
class File:
    """A stored file, open for reading."""

    stored: StoredFile
    content: BufferedReader
    is_shared: bool = False  # several outputs are made of it: what is decoded should serve them all
    closing: ExitStack = field(default_factory=ExitStack)  # what is to be let go of with the file
    _views: dict[Any, Any] = field(default_factory=dict)

    @cached_property
    def scratch(self) -> Path:
        """A directory for what is written on the way, made when first asked for."""
        return self.closing.enter_context(scratch())

    def sha256(self) -> str:
        """Of the content as it is now, in hexadecimal."""
        self.content.seek(0)
        return file_digest(self.content, "sha256").hexdigest()

    def seen_as(self, view: Callable[["File"], T]) -> T:
        """What a family makes of the file (its header, a decoded picture), made once however many operations ask."""
        if view not in self._views:
            self._views[view] = view(self)
        made: T = self._views[view]
        return made

    def forget(self) -> None:
        """Let go of what was made: each refers to the file, and would keep its pixels until the next collection."""
        self._views.clear()


@dataclass(frozen=True, eq=False)
class Work:
    """What an operation finds."""

    job: JobContext
    file: File
    product: Product | None = None  # None while the file is as it came
    is_last: bool = False  # the operation: no other will ask for what it makes
    within: Callable[[float], None] = lambda _: None  # told how far the operation is, from 0 to 1


Perform = Callable[[Work, Parameters], Product | Report]


class NotServedHere(Exception):
    """A library is not installed in this worker. The job is tried again, maybe by a worker that has it."""


def load(module: str) -> ModuleType:
    """A module of some family. Raises `NotServedHere`."""
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        raise NotServedHere(f"This worker has no {error.name}, which this operation needs.") from error
