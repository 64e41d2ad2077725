"""`dmps wait` and `dmps watch`."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial

import click
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskProgressColumn, TextColumn, TimeElapsedColumn
from rich.text import Text

from dmps.cli.exits import Exit
from dmps.cli.inputs import complete_type
from dmps.cli.session import Session, clean, pretty, shows, status_text
from dmps.models.jobs import Event, Job


@click.command()
@click.argument("ids", nargs=-1, required=True, metavar="ID...")
@click.option("--within", type=float, metavar="SECONDS", help="At most so long, for all of them.")
@shows
def wait(session: Session, ids: Sequence[str], within: float | None) -> None:
    """Wait for jobs to end, and print their results. Exits with 1 if one has not completed, 7 if it takes too long."""
    finish(session, ids, within)


@click.command()
@click.argument("id", required=False)
@click.option("--type", multiple=True, shell_complete=complete_type, help="Jobs of this type; may be repeated.")
@click.option("--queue", multiple=True, help="Jobs of this queue; may be repeated.")
@click.option("--tag", multiple=True, help="Jobs with this tag; repeated, with all of them.")
@click.option("--after", metavar="EVENT", help="Go on after the event of this number.")
@shows
def watch(session: Session, id: str | None, after: str | None, **asked: Sequence[str]) -> None:
    """Follow what happens to job ID until it has ended, or to all jobs until Ctrl-C. With --json, a line an event."""
    if id is not None and any(asked.values()):
        raise click.UsageError("Filters are for all jobs; leave out the ID.")
    if id is None:
        events = session.client.follow(**asked, last_event_id=after)
    else:
        events = session.client.follow_job(id, last_event_id=after)
    last = None
    for last in events:
        session.show(last, partial(_line, last))
    if last is not None and last.data.get("status") in {"failed", "cancelled"}:
        raise click.exceptions.Exit(Exit.FAILED)


COMMANDS = (wait, watch)


def finish(session: Session, ids: Sequence[str], within: float | None) -> None:
    """Wait for all, show each as it is found to have ended; exit with 1 if one has not completed."""
    left = _clock(within)
    jobs = []
    for id in ids:
        with _bar(session, id) as heard:
            job = session.client.wait(id, timeout=left(), on_event=heard)
        jobs.append(job)
        if session.is_json:
            session.json(job)
        else:
            _ended(session, job)
    if any(job.status != "completed" for job in jobs):
        raise click.exceptions.Exit(Exit.FAILED)


@contextmanager
def _bar(session: Session, id: str) -> Iterator[Callable[[Event], None] | None]:
    """A bar while somebody looks; None, where nobody does, asks for no events."""
    if session.is_json or not session.err.is_terminal:
        yield None
        return
    columns = (SpinnerColumn(), TextColumn("{task.description}", markup=False), BarColumn(), TaskProgressColumn())
    with Progress(*columns, TimeElapsedColumn(), console=session.err, transient=True) as progress:
        task = progress.add_task(f"{id} waits", total=100)

        def heard(event: Event) -> None:
            told = event.data.get("progress") or {}
            words = told.get("message") or event.data.get("status")
            percent = float(told["percent"]) if "percent" in told else None
            progress.update(task, description=f"{id} {clean(str(words))}" if words else None, completed=percent)

        yield heard


def _ended(session: Session, job: Job) -> None:
    took = (job.completed_at - job.created_at).total_seconds() if job.completed_at else 0.0
    line = Text.assemble(job.id, " ", status_text(job.status), f" after {took:.3f} s, attempt {len(job.attempts)}")
    session.err.print(line)
    if job.error is not None:
        session.err.print(Text(clean(f"{job.error.code}: {job.error.message}")))
    elif job.result_file is not None:
        session.err.print(f"The result is large ({job.result_file.size} bytes): dmps result {job.id}")
    elif job.status == "completed":
        session.out.print(pretty(job.result))


def _line(event: Event) -> Text:
    data = event.data
    told = data.get("progress") or data.get("log") or {}
    words = f"{told['percent']:g} % {told['message']}" if "percent" in told else told.get("message", "")
    more = (str(data.get("at", "")), event.job_id, str(data.get("type", "")), words)
    at, job_id, type, said = map(clean, more)
    return Text.assemble(at, "  ", job_id, "  ", status_text(event.name), "  ", type, said)


def _clock(within: float | None) -> Callable[[], float | None]:
    """How many seconds are left."""
    if within is None:
        return lambda: None
    end = time.monotonic() + within
    return lambda: max(0.0, end - time.monotonic())
