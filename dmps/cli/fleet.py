"""`dmps queues`, `workers`, `types`: what all tenants share."""

import click
from msgspec import UNSET
from rich.table import Table

from dmps.calls.fleet import Change
from dmps.cli.inputs import complete_type, unknown_type
from dmps.cli.session import Session, age, pretty, row, shows, table
from dmps.models.fleet import Limits, Queue, Worker

MiB = 1024 * 1024


@click.group(invoke_without_command=True)
@shows
def queues(session: Session) -> None:
    """List the queues: how deep, since when their jobs wait, how fast they go. Or pause and limit one."""
    if click.get_current_context().invoked_subcommand is None:
        found = session.client.queues()
        session.show(found, lambda: _queues(*found))


@queues.command("show")
@click.argument("name")
@shows
def show_queue(session: Session, name: str) -> None:
    """Show one queue."""
    queue = session.client.queue(name)
    session.show(queue, lambda: _queues(queue))


@queues.command("pause")
@click.argument("name")
@shows
def pause_queue(session: Session, name: str) -> None:
    """Let no job of a queue begin, until it is resumed. What runs ends."""
    _changed(session, session.client.change_queue(name, Change(paused=True)))


@queues.command("resume")
@click.argument("name")
@shows
def resume_queue(session: Session, name: str) -> None:
    """End a pause."""
    _changed(session, session.client.change_queue(name, Change(paused=False)))


_RUNNING = click.option("--running", type=int, metavar="N", help="At most so many run at a time.")
_STARTS = click.option("--starts", type=float, metavar="N", help="At most so many begin in a second.")
_NONE = click.option("--none", "unlimited", is_flag=True, help="No limit at all.")


@queues.command("limit")
@click.argument("name")
@_RUNNING
@_STARTS
@_NONE
@shows
def limit_queue(session: Session, name: str, running: int | None, starts: float | None, *, unlimited: bool) -> None:
    """Limit how many jobs of a queue run, or begin in a second."""
    _changed(session, session.client.change_queue(name, _limits(running, starts, unlimited=unlimited)))


@click.group(invoke_without_command=True)
@shows
def workers(session: Session) -> None:
    """List the workers that live, and what each runs. Or have one drain."""
    if click.get_current_context().invoked_subcommand is None:
        found = session.client.workers()
        session.show(found, lambda: _workers(*found) if found else "No worker lives: `make worker` starts one.")


@workers.command("drain")
@click.argument("id")
@shows
def drain_worker(session: Session, id: str) -> None:
    """Have a worker take no more jobs, and end once those that it runs have."""
    worker = session.client.drain_worker(id)
    session.show(worker, lambda: f"{worker.id} drains: {worker.running} jobs still run.")


@click.group(invoke_without_command=True)
@shows
def types(session: Session) -> None:
    """List the job types. Or show what one takes, pause and limit it."""
    if click.get_current_context().invoked_subcommand is None:
        found = session.client.job_types()
        made = table("TYPE", "QUEUE", "TIMEOUT", "ATTEMPTS", "LIMITS", "SUMMARY")
        for each in found:
            defaults = each.defaults
            cells = (each.name, defaults.queue, f"{defaults.timeout:g} s", defaults.max_attempts, _limited(each))
            made.add_row(*row(*cells, each.summary))
        session.show(found, lambda: made)


@types.command("show")
@click.argument("name", shell_complete=complete_type)
@shows
def show_type(session: Session, name: str) -> None:
    """Show the JSON Schema of a type's payload, and an example."""
    found = {each.name: each for each in session.client.job_types()}
    if name not in found:
        raise unknown_type(name, found)
    job_type = found[name]
    told = {"summary": job_type.summary, "example": job_type.example, "payload": job_type.payload}
    session.show(job_type, lambda: pretty(told))


@types.command("pause")
@click.argument("name", shell_complete=complete_type)
@shows
def pause_type(session: Session, name: str) -> None:
    """Let no job of a type begin, until it is resumed."""
    _changed(session, session.client.change_job_type(name, Change(paused=True)))


@types.command("resume")
@click.argument("name", shell_complete=complete_type)
@shows
def resume_type(session: Session, name: str) -> None:
    """End a pause."""
    _changed(session, session.client.change_job_type(name, Change(paused=False)))


@types.command("limit")
@click.argument("name", shell_complete=complete_type)
@_RUNNING
@_STARTS
@_NONE
@shows
def limit_type(session: Session, name: str, running: int | None, starts: float | None, *, unlimited: bool) -> None:
    """Limit how many jobs of a type run, or begin in a second."""
    _changed(session, session.client.change_job_type(name, _limits(running, starts, unlimited=unlimited)))


COMMANDS = (queues, workers, types)


def _limits(running: int | None, starts: float | None, *, unlimited: bool) -> Change:
    if unlimited == (running is not None or starts is not None):
        raise click.UsageError("Say --running N, --starts N, or --none.")
    if unlimited:
        return Change(max_running=None, max_starts_per_second=None)
    return Change(
        max_running=UNSET if running is None else running, max_starts_per_second=UNSET if starts is None else starts
    )


def _changed(session: Session, to: Limits) -> None:
    session.show(to, lambda: f"{to.name}: {_limited(to) or 'no limits'}")


def _limited(of: Limits) -> str | None:
    parts = (
        "paused" if of.paused else "",
        f"{of.max_running} running" if of.max_running is not None else "",
        f"{of.max_starts_per_second:g} starts/s" if of.max_starts_per_second is not None else "",
    )
    return ", ".join(filter(None, parts)) or None


def _queues(*queues: Queue) -> Table:
    made = table("QUEUE", "WAITING", "RUNNING", "LATER", "FAILED", "OLDEST", "OUT/S", "WORKERS", "LIMITS")
    for queue in queues:
        waiting, running, failed = (queue.depth.get(name, 0) for name in ("pending", "processing", "failed"))
        later = sum(queue.depth.get(name, 0) for name in ("scheduled", "retrying", "blocked"))
        wait = None if queue.oldest_wait_seconds is None else f"{queue.oldest_wait_seconds:.1f} s"
        rate = f"{queue.rate_per_second.out:.1f}"
        made.add_row(*row(queue.name, waiting, running, later, failed, wait, rate, queue.workers, _limited(queue)))
    return made


def _workers(*workers: Worker) -> Table:
    made = table("ID", "RUNNING", "MEMORY", "AGE", "VERSION", "QUEUES", "TYPES")
    for worker in workers:
        running = f"{worker.running}/{worker.slots}{' drains' if worker.draining else ''}"
        memory = None if worker.memory is None else f"{worker.memory // MiB} MiB"
        names = (" ".join(worker.queues), " ".join(worker.types))
        made.add_row(*row(worker.id, running, memory, age(worker.started_at), worker.version, *names))
    return made
