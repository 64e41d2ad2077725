"""What a command finds: the client, and where its output goes."""

import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from functools import cached_property
from typing import Any, TypeVar

import click
import msgspec
from rich.console import Console
from rich.table import Table
from rich.text import Text

from dmps.clients import Client
from dmps.patience import Patience

F = TypeVar("F", bound=Callable[..., Any])

TRIES = 3  # of a request
WIDE = 4_000  # columns, where nobody looks: nothing is cut
_COLOURS = {
    "completed": "green",
    "ok": "green",
    "processing": "cyan",
    "failed": "red",
    "cancelled": "magenta",
    "retrying": "yellow",
    "warning": "yellow",
}
_UNITS = ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s"))
_encoder = msgspec.json.Encoder(decimal_format="number")


def _console(*, stderr: bool) -> Console:
    """Colours only on a terminal, and not where NO_COLOR is set: rich sees to both."""
    stream = sys.stderr if stderr else sys.stdout
    return Console(stderr=stderr, highlight=False, width=None if stream.isatty() else WIDE, soft_wrap=True)


@dataclass
class Session:
    """One run of the command. `url` is None for that of the environment."""

    url: str | None = None
    tries: int = TRIES
    is_json: bool = False
    out: Console = field(default_factory=lambda: _console(stderr=False))
    err: Console = field(default_factory=lambda: _console(stderr=True))

    @cached_property
    def client(self) -> Client:
        """The API, numbers as they were written. Raises `click.UsageError` for what is no URL or key."""
        try:
            client = Client(self.url, patience=Patience(tries=self.tries), numbers=Decimal)
        except ValueError as error:
            raise click.UsageError(str(error)) from error
        click.get_current_context().find_root().call_on_close(client.close)
        return client

    def show(self, value: Any, people: Callable[[], Any]) -> None:  # noqa: ANN401 - any of the models
        """A value for programs, or something for people."""
        if self.is_json:
            self.json(value)
        elif (shown := people()) is not None:
            self.out.print(shown)

    def json(self, value: Any) -> None:  # noqa: ANN401 - any of the models
        """A line of JSON."""
        click.echo(as_json(value))

    def tell(self, text: str) -> None:
        """Something beside the output, for people."""
        if not self.is_json:
            self.err.print(Text(clean(text)))


def shows(command: F) -> F:
    """A command that has `--json` and takes the session."""
    option = click.option(
        "--json", is_flag=True, expose_value=False, is_eager=True, callback=_wants_json, help="JSON, for programs."
    )
    return option(click.pass_obj(command))  # type: ignore[return-value]  # click keeps the function's own type


def _wants_json(context: click.Context, _: click.Parameter, asked: bool) -> None:  # noqa: FBT001 - as click calls it
    if asked:
        context.find_object(Session).is_json = True  # type: ignore[union-attr]  # the group has made one


def as_json(value: Any) -> str:  # noqa: ANN401 - any of the models
    """JSON as the API writes it: times in UTC with milliseconds, numbers as they came."""
    return _encoder.encode(_timed(msgspec.to_builtins(value, builtin_types=(datetime, Decimal)))).decode()


def pretty(value: Any) -> Text:  # noqa: ANN401 - what JSON can hold
    """JSON over several lines."""
    return Text(clean(msgspec.json.format(as_json(value), indent=2), keep="\n"))


def clean(text: str, keep: str = "") -> str:
    """Without what a terminal would obey: a job's words are not to be trusted."""
    return "".join(each if each.isprintable() or each in keep else repr(each)[1:-1] for each in text)


def status_text(status: str) -> Text:
    """A status in its colour."""
    return Text(clean(status), style=_COLOURS.get(status, ""))


def table(*columns: str) -> Table:
    """A table for people: the last column makes room for the others."""
    made = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for column in columns:
        made.add_column(column, no_wrap=column != columns[-1])
    return made


def row(*cells: object) -> Iterable[Text]:
    """Cells of a table; None is a dash."""
    return (each if isinstance(each, Text) else Text("-" if each is None else clean(str(each))) for each in cells)


def age(time: datetime) -> str:
    """How long ago that was, by this machine's clock."""
    seconds = max(0.0, (datetime.now(UTC) - time).total_seconds())
    return next((f"{seconds / size:.0f} {unit}" for size, unit in _UNITS if seconds >= 2 * size), "now")


def moment(time: datetime | None) -> str | None:
    """A time as it stands in JSON."""
    if time is None:
        return None
    return time.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _timed(value: Any) -> Any:  # noqa: ANN401 - what JSON can hold, and times
    if isinstance(value, datetime):
        return moment(value)
    if isinstance(value, dict):
        return {name: _timed(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_timed(item) for item in value]
    return value
