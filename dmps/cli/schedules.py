"""`dmps schedules`: jobs that recur."""

from collections.abc import Sequence
from typing import Any

import click
from rich.table import Table

from dmps.cli.inputs import Json
from dmps.cli.session import Session, moment, pretty, row, shows, table
from dmps.models.schedules import Schedule, TickOutcome

_ID = click.argument("id")


@click.group(invoke_without_command=True)
@shows
def schedules(session: Session) -> None:
    """List the schedules. Or make, change, pause, resume, run, remove one, and see its times."""
    if click.get_current_context().invoked_subcommand is None:
        found = list(session.client.schedules())
        session.show(found, lambda: _table(found) if found else "No schedules: `dmps schedules create` makes one.")


@schedules.command()
@_ID
@shows
def show(session: Session, id: str) -> None:
    """Show a schedule."""
    _shown(session, session.client.schedule(id))


@schedules.command()
@click.argument("schedule", type=Json())
@shows
def create(session: Session, schedule: Any) -> None:  # noqa: ANN401 - any JSON
    """Make a schedule, and show it. SCHEDULE is JSON as in docs/api.md, @FILE, or - for standard input."""
    _shown(session, session.client.create_schedule(schedule))


@schedules.command()
@_ID
@click.argument("changes", type=Json())
@shows
def change(session: Session, id: str, changes: Any) -> None:  # noqa: ANN401 - any JSON
    """Change a schedule; what is left out stays."""
    _shown(session, session.client.change_schedule(id, changes))


@schedules.command()
@_ID
@shows
def pause(session: Session, id: str) -> None:
    """Let a schedule have no ticks, until it is resumed."""
    _shown(session, session.client.pause_schedule(id))


@schedules.command()
@_ID
@shows
def resume(session: Session, id: str) -> None:
    """End a pause."""
    _shown(session, session.client.resume_schedule(id))


@schedules.command()
@_ID
@shows
def run(session: Session, id: str) -> None:
    """Submit a schedule's job now, beside all ticks, and print its id."""
    submitted = session.client.run_schedule(id)
    session.show(submitted, lambda: submitted.job_id)


@schedules.command()
@_ID
@shows
def delete(session: Session, id: str) -> None:
    """Remove a schedule; the jobs that it has submitted stay."""
    session.client.delete_schedule(id)
    session.show({"id": id, "status": "deleted"}, lambda: f"{id} deleted")


@schedules.command("next")
@_ID
@click.option("--count", type=int, help="So many.")
@shows
def next_times(session: Session, id: str, count: int | None) -> None:
    """Show the next ticks of a schedule."""
    times = session.client.schedule_times(id, count)
    session.show(times, lambda: "\n".join(str(moment(time)) for time in times))


@schedules.command()
@_ID
@shows
def history(session: Session, id: str) -> None:
    """Show what became of a schedule's ticks."""
    ticks = session.client.schedule_history(id)
    session.show(ticks, lambda: _ticks(ticks))


def _shown(session: Session, value: Any) -> None:  # noqa: ANN401 - any JSON
    session.show(value, lambda: pretty(value))


def _table(schedules: list[Schedule]) -> Table:
    made = table("ID", "NAME", "WHEN", "ZONE", "NEXT", "LAST")
    for each in schedules:
        when = each.cron or f"every {each.every:g} s"
        due = "paused" if each.paused else moment(each.next_run_at)
        made.add_row(*row(each.id, each.name, when, each.time_zone, due, moment(each.last_run_at)))
    return made


def _ticks(ticks: Sequence[TickOutcome]) -> Table:
    made = table("TICK", "OUTCOME", "JOB", "WHAT")
    for each in ticks:
        until = f"until {moment(each.until)}" if each.until else None
        what = each.error or until or ("by hand" if each.by_hand else None)
        made.add_row(*row(moment(each.tick), each.outcome, each.job_id, what))
    return made
