"""What every enrichment does first with a value, and how it says that it cannot go on."""

from typing import Any

SHOWN = 40  # characters of a value that a message may repeat


class Unusable(Exception):
    """An enrichment can do nothing with this value: `code` is one of `PROBLEMS`, `message` says what to do."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def text(value: Any, *, limit: int) -> str:  # noqa: ANN401 - any JSON value
    """A text of 1 to `limit` characters, without the white space around it. Raises `Unusable` for anything else.

    The limit comes before all else: no enrichment spends time on a text that is too long for it.
    """
    if not isinstance(value, str):
        raise Unusable("wrong_type", "The value must be a text.")
    if len(value) > limit:
        raise Unusable("too_long", f"The text has {len(value):,} characters; at most {limit:,} are read.")
    stripped = value.strip()
    if not stripped:
        raise Unusable("empty", "The text is empty.")
    return stripped


def shown(value: str) -> str:
    """The value as a message repeats it: quoted, and not too much of it."""
    return repr(value if len(value) <= SHOWN else f"{value[:SHOWN]}...")
