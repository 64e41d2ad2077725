"""`dmps bulk`: do the same with all jobs that fit."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import click
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from dmps.cli.exits import Exit
from dmps.cli.inputs import STATUSES, complete_type
from dmps.cli.session import Session, shows
from dmps.models.bulk import Action, BulkAction, BulkCount

_FILTERS = (
    click.option("--status", multiple=True, type=click.Choice(STATUSES), help="May be repeated."),
    click.option("--type", multiple=True, shell_complete=complete_type, help="May be repeated."),
    click.option("--queue", multiple=True, help="May be repeated."),
    click.option("--tag", multiple=True, help="Repeated: jobs with all of them."),
    click.option("--parent", "parentId", metavar="ID", help="Jobs that this one waits for."),
    click.option("--created-after", "createdAfter", metavar="TIME", help="Submitted then or later (RFC 3339)."),
    click.option("--created-before", "createdBefore", metavar="TIME", help="Submitted before then."),
    click.option("--completed-after", "completedAfter", metavar="TIME", help="Ended then or later."),
    click.option("--completed-before", "completedBefore", metavar="TIME", help="Ended before then."),
)


def _filters(command: Any) -> Any:  # noqa: ANN401 - a function, as click decorates it
    for option in reversed(_FILTERS):
        command = option(command)
    return command


@click.command()
@click.argument("action", type=click.Choice(("cancel", "retry", "replay", "delete")))
@_filters
@click.option("--all", "everything", is_flag=True, help="All jobs, without any filter.")
@click.option("--yes", is_flag=True, help="Do it; without, the jobs are counted only.")
@click.option("--within", type=float, metavar="SECONDS", help="Wait at most so long. It goes on.")
@shows
def bulk(session: Session, action: Action, *, yes: bool, everything: bool, within: float | None, **asked: Any) -> None:  # noqa: ANN401
    """Cancel, retry, replay or delete all jobs that fit, and wait for the end. Without --yes they are counted only."""
    fitting = {name: value for name, value in asked.items() if value}
    if everything == bool(fitting):
        raise click.UsageError("Say which jobs by --status, --type, --queue, --tag and such; or --all, without these.")
    if not yes:
        count = session.client.count_bulk(action, everything=everything, **fitting)
        session.show(count, lambda: _counted(count))
        return
    begun = session.client.start_bulk(action, everything=everything, **fitting)
    with _bar(session, begun) as heard:
        ended = session.client.wait_bulk(begun.id, timeout=within, on_progress=heard)
    session.show(ended, lambda: _ended(ended))
    if ended.status == "failed":
        raise click.exceptions.Exit(Exit.FAILED)


def _counted(count: BulkCount) -> str:
    least = "" if count.is_exact else "at least "
    return f"{least}{count.matched} jobs fit. Nothing was done: --yes does it."


def _ended(ended: BulkAction) -> str:
    others = ((ended.failed, "could not be"), (ended.skipped, "had changed"))
    more = "".join(f", {count} {what}" for count, what in others if count)
    return f"{ended.action}: {ended.done} done{more}"


@contextmanager
def _bar(session: Session, begun: BulkAction) -> Iterator[Callable[[BulkAction], object]]:
    """A bar, while somebody looks."""
    if session.is_json or not session.err.is_terminal:
        yield lambda _: None
        return
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=session.err, transient=True) as bar:
        task = bar.add_task(begun.action, total=begun.matched)

        def heard(found: BulkAction) -> None:
            seen = found.done + found.failed + found.skipped
            bar.update(task, completed=seen, total=max(seen, found.matched))

        yield heard
