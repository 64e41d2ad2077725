"""What all commands have that list many things, page by page."""

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from itertools import islice
from typing import Any, TypeVar

import click
from rich.table import Table

from dmps.cli.session import Session

T = TypeVar("T")

MOST_A_PAGE = 200
SHOWN = 50
ROOMY = 110  # columns

_LIMIT = click.option("--limit", type=click.IntRange(1), default=SHOWN, help="At most so many.  [50]")
_ALL = click.option("--all", "everything", is_flag=True, help="All of them.")
_IDS = click.option("--ids", is_flag=True, help="Print ids alone, for xargs.")


def lists(command: Any) -> Any:  # noqa: ANN401 - a function, as click decorates it
    """A command that has `--limit`, `--all` and `--ids`."""
    return _LIMIT(_ALL(_IDS(command)))


def page_size(limit: int, *, everything: bool) -> int:
    """How many to ask for at a time."""
    return MOST_A_PAGE if everything else min(MOST_A_PAGE, limit)


def listed(
    session: Session,
    found: Iterable[T],
    id_of: Callable[[T], str],
    people: Callable[[Sequence[T]], Table | str],
    *,
    limit: int,
    everything: bool,
    ids: bool,
) -> None:
    """A line of JSON or an id for each, as it comes; else what people are shown of all."""
    most = None if everything else limit
    some = islice(found, most)
    if session.is_json or ids:
        for each in some:
            session.show(each, partial(id_of, each))
        return
    whole = list(some)
    session.out.print(people(whole))
    if len(whole) == most:
        session.tell(f"At most {most} are shown: --limit N or --all shows more.")
