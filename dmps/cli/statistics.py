"""`dmps errors` and `dmps statistics`: what became of jobs."""

from collections.abc import Sequence
from typing import Literal

import click
from rich.console import Group
from rich.table import Table
from rich.text import Text

from dmps.cli.inputs import complete_type
from dmps.cli.session import Session, age, moment, row, shows, table
from dmps.models.statistics import ErrorGroups, Percentiles, Point, Statistics


@click.command()
@click.option("--type", multiple=True, shell_complete=complete_type, help="May be repeated.")
@click.option("--queue", multiple=True, help="May be repeated.")
@shows
def errors(session: Session, type: Sequence[str], queue: Sequence[str]) -> None:
    """Group failed jobs by what they failed of, the largest groups first."""
    found = session.client.error_groups(type=type, queue=queue)
    session.show(found, lambda: _groups(found) if found.errors else "No job has failed.")


@click.command()
@click.option("--window", type=click.Choice(("hour", "day")), default="hour", help="The last hour, or day.  [hour]")
@shows
def statistics(session: Session, window: Literal["hour", "day"]) -> None:
    """Show what became of jobs over the last hour or day, and how long they waited and ran."""
    found = session.client.statistics(window)
    session.show(found, lambda: _steps(found))


COMMANDS = (errors, statistics)


def _groups(found: ErrorGroups) -> Group | Table:
    made = table("JOBS", "TYPE", "CODE", "LAST", "EXAMPLE", "MESSAGE")
    for each in found.errors:
        said = f"{each.exception}: {each.message}" if each.exception else each.message
        made.add_row(*row(each.count, each.type, each.code, age(each.newest_at), each.example.job_id, said))
    return made if found.complete else Group(made, f"Of the newest {found.scanned} failed jobs.")


def _steps(found: Statistics) -> Group | str:
    """The steps in which something happened."""
    full = [each for each in found.points if _happened(each)]
    if not full:
        return f"Nothing happened in the last {found.window}."
    made = table("FROM", "SUBMITTED", "COMPLETED", "FAILED", "CANCELLED", "RETRIED", "LOST", "WAITED", "RAN")
    for each in full:
        counts = (each.submitted, each.completed, each.failed, each.cancelled, each.retried, each.lost)
        made.add_row(*row(moment(each.at), *counts, _seconds(each.wait), _seconds(each.run)))
    return Group(made, Text(f"Steps of {found.step} s; of the times half, 95 and 99 in a hundred, in seconds."))


def _happened(point: Point) -> bool:
    return any((point.submitted, point.completed, point.failed, point.cancelled, point.retried, point.lost))


def _seconds(of: Percentiles) -> str | None:
    if of.p50 is None:
        return None
    return " / ".join(f"{each:.3g}" for each in (of.p50, of.p95, of.p99) if each is not None)
