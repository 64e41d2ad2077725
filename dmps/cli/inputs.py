"""What a command takes: JSON from the command line, a file or standard input, and what a shell may complete."""

import sys
from collections.abc import Callable, Iterable
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

import click
import msgspec

from dmps.clients import Client
from dmps.errors import DmpsError, NotFound, Problem
from dmps.patience import Patience

T = TypeVar("T")

STATUSES = ("pending", "scheduled", "blocked", "processing", "retrying", "completed", "failed", "cancelled")
PRIORITIES = ("high", "normal", "low")


class Json(click.ParamType[Any]):
    """JSON: the text itself, `@FILE`, or `-` for standard input."""

    name = "json"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:  # noqa: ANN401 - as click has it
        """Its value, numbers as they were written."""
        if not isinstance(value, str):
            return value
        text = read_text(value, self, param, ctx)
        try:
            return decode(text)
        except (msgspec.DecodeError, ValueError) as error:
            self.fail(f"This is not JSON: {error}. Write it as text, as @FILE, or as - for standard input.", param, ctx)


def decode(text: bytes) -> Any:  # noqa: ANN401 - any JSON
    """Its value, numbers as they were written. Raises `msgspec.DecodeError` and `ValueError`."""
    return msgspec.json.Decoder(float_hook=Decimal).decode(text)


def read_text(
    value: str, kind: click.ParamType[Any], param: click.Parameter | None, ctx: click.Context | None
) -> bytes:
    """The text that a value names."""
    if value == "-":
        return sys.stdin.buffer.read()
    if not value.startswith("@"):
        return value.encode("utf-8", "surrogateescape")
    try:
        return Path(value[1:]).read_bytes()
    except OSError as error:
        kind.fail(f"{value[1:]} cannot be read: {error.strerror}.", param, ctx)


def unknown_type(name: str, known: Iterable[str]) -> NotFound:
    """What to raise for a job type that is none."""
    return NotFound(Problem("Job type not found", 404, f"There is no {name!r}. There are {', '.join(sorted(known))}."))


def complete_type(context: click.Context, _: click.Parameter, begun: str) -> list[str]:
    """The job types that the API knows; none while it cannot be asked."""
    return completed(context, lambda client: [each.name for each in client.job_types() if each.name.startswith(begun)])


def completed(context: click.Context, ask: Callable[[Client], list[T]]) -> list[T]:
    """What a shell is offered; nothing while the API cannot be asked."""
    try:
        with Client(context.find_root().params.get("url"), patience=Patience(tries=1)) as client:
            return ask(client)
    except (DmpsError, ValueError):
        return []
