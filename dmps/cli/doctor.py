"""`dmps doctor`: is this deployment as it should be, and if not, what to do."""

import time

import click
from rich.console import Group
from rich.table import Table
from rich.text import Text

from dmps.cli.exits import Exit, advice
from dmps.cli.session import Session, clean, row, shows, table
from dmps.connecting import without_password
from dmps.errors import Unavailable, Unreachable
from dmps.models.fleet import Check, Diagnosis

_MARKS = {"ok": ("✓", "green"), "warning": ("!", "yellow"), "failed": ("✗", "bold red")}
_SEE = "See whether the store of the API (REDIS_URL) runs; the log of the API says more."
_PLAIN = {"ok": "ok", "warning": "!", "failed": "FAILED"}


@click.command()
@click.option("--strict", is_flag=True, help="Warnings count as failures.")
@shows
def doctor(session: Session, *, strict: bool) -> None:
    """Check a deployment: store, persistence, memory, clocks, workers, disk, access. Takes the role admin.

    Exits with 1 if something does not work, 5 if the API cannot be reached.
    """
    began = time.monotonic()
    try:
        found = session.client.diagnose()
    except (Unreachable, Unavailable) as error:
        check = Check("api", "failed", str(error), advice(error) if isinstance(error, Unreachable) else _SEE)
        session.show(Diagnosis("failed", (check,)), lambda: _picture(session, Diagnosis("failed", (check,))))
        raise click.exceptions.Exit(Exit.UNREACHABLE) from error
    took = (time.monotonic() - began) * 1000
    reached = Check("api", "ok", f"{without_password(session.client.url)} answered in {took:.0f} ms.")
    diagnosis = Diagnosis(found.status, (reached, *found.checks))
    session.show(diagnosis, lambda: _picture(session, diagnosis))
    if found.status == "failed" or (strict and found.status == "warning"):
        raise click.exceptions.Exit(Exit.FAILED)


def _picture(session: Session, diagnosis: Diagnosis) -> Group:
    made: Table = table("", "CHECK", "FOUND")
    for check in diagnosis.checks:
        made.add_row(*row(_mark(session, check.status), check.name, check.detail))
        if check.fix and check.status != "ok":
            made.add_row("", "", Text(f"-> {clean(check.fix)}", style="bold"))
    return Group(made, _verdict(diagnosis))


def _mark(session: Session, status: str) -> Text:
    mark, style = _MARKS[status]
    return Text(mark if session.out.encoding.lower().startswith("utf") else _PLAIN[status], style=style)


def _verdict(diagnosis: Diagnosis) -> Text:
    wrong = [check for check in diagnosis.checks if check.status != "ok"]
    if not wrong:
        return Text("All is well.", style="green")
    failed = sum(check.status == "failed" for check in wrong)
    return Text(f"{failed} failed, {len(wrong) - failed} to look at.", style=_MARKS[diagnosis.status][1])
