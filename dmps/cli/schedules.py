"""`dmps schedules`: jobs that are submitted again and again."""

from typing import Any

import click
from rich.table import Table

from dmps.cli.inputs import Json
from dmps.cli.session import Session, pretty, row, shows, table

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
    """Make a schedule, and print it. SCHEDULE is JSON as in docs/api.md, @FILE, or - for standard input."""
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
    """Have a schedule submit nothing, until it is resumed."""
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
    """Submit a schedule's job now, beside its times."""
    _shown(session, session.client.run_schedule(id))


@schedules.command()
@_ID
@shows
def delete(session: Session, id: str) -> None:
    """Remove a schedule; the jobs that it has submitted stay."""
    session.client.delete_schedule(id)
    session.show({"id": id, "status": "deleted"}, lambda: f"{id} deleted")


@schedules.command("next")
@_ID
@shows
def next_times(session: Session, id: str) -> None:
    """Show when a schedule will submit next."""
    _shown(session, session.client.schedule_times(id))


@schedules.command()
@_ID
@shows
def history(session: Session, id: str) -> None:
    """Show what a schedule has submitted."""
    _shown(session, session.client.schedule_history(id))


def _shown(session: Session, value: Any) -> None:  # noqa: ANN401 - any JSON
    session.show(value, lambda: pretty(value))


def _table(schedules: list[dict[str, Any]]) -> Table:
    made = table("ID", "NAME", "WHEN", "ZONE", "PAUSED", "NEXT")
    for each in schedules:
        when = each.get("cron") or each.get("interval") or each.get("every")
        names = (each.get("name"), when, each.get("timezone"), each.get("paused"), each.get("nextAt"))
        made.add_row(*row(each.get("id"), *names))
    return made
