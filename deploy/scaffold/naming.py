"""What a new job type may be called, and how its name is spelt where Python has to know it."""

import keyword
from collections.abc import Container
from dataclasses import dataclass

from shared.names import NAME, NAME_RULE

USAGE = "Say what it is called: make new-type name=word-count"
OURS = frozenset({"processes", "pytest"})  # names that the written modules have a use for themselves


class Refused(Exception):
    """It cannot be called so. The message says what to do."""


@dataclass(frozen=True)
class Spelling:
    """One name, four times."""

    name: str  # word-count: on the wire
    module: str  # word_count
    title: str  # WordCount: of its classes
    constant: str  # WORD_COUNT


def spelling(name: str, taken: Container[str]) -> Spelling:
    """Of a job type of that name, where those are taken. Raises `Refused`."""
    if not name:
        raise Refused(USAGE)
    if not NAME.fullmatch(name):
        raise Refused(f"{name!r} is no name for a job type: {NAME_RULE}. For example: make new-type name=word-count")
    module = name.replace("-", "_")
    if not name[0].isalpha() or keyword.iskeyword(module) or module in OURS:
        raise Refused(f"{module!r} cannot be the name of a Python module of ours. Add a word: name=my-{name}")
    if name in taken:
        raise Refused(f"There is a job type {name!r} already. Choose another name, or change that one.")
    title = "".join(word.capitalize() for word in name.split("-"))
    return Spelling(name, module, title, module.upper())
