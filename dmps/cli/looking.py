"""`dmps status`, `result`, `logs`, `ls`, `tree`: look at jobs and change nothing."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import click
from rich.console import Group
from rich.table import Table
from rich.text import Text
from rich.tree import Tree as Drawing

from dmps.cli.inputs import STATUSES, complete_type
from dmps.cli.listing import ROOMY, listed, lists, page_size
from dmps.cli.session import Session, age, clean, moment, pretty, row, shows, status_text, table
from dmps.models.jobs import Job, JobBrief, Node, Tree

SORTS = ("-createdAt", "createdAt", "-completedAt", "completedAt")


@click.command()
@click.argument("id")
@shows
def status(session: Session, id: str) -> None:
    """Show a job: where it stands, its attempts, its result or error."""
    job = session.client.get(id)
    session.show(job, lambda: _job(session, job))


@click.command()
@click.argument("id")
@shows
def result(session: Session, id: str) -> None:
    """Print the result of a job that has completed, however large it is."""
    found = session.client.result(id)
    session.show(found, lambda: pretty(found))


@click.command()
@click.argument("id")
@click.option("--follow", "-f", is_flag=True, help="Go on until the job has ended.")
@shows
def logs(session: Session, id: str, *, follow: bool) -> None:
    """Print what a job's processor wrote down."""
    if not follow:
        log = session.client.logs(id)
        session.show(log, lambda: _lines(session, log.lines))
        return
    for event in session.client.follow_job(id):
        if event.name == "log":
            session.show(event, partial(Text, clean(str(event.data["log"]["message"]))))
        elif event.name == "reset":
            _lines(session, session.client.logs(id).lines)


@click.command()
@click.option("--status", multiple=True, type=click.Choice(STATUSES), help="May be repeated.")
@click.option("--type", multiple=True, shell_complete=complete_type, help="May be repeated.")
@click.option("--queue", multiple=True, help="May be repeated.")
@click.option("--tag", multiple=True, help="Repeated: jobs with all of them.")
@click.option("--sort", type=click.Choice(SORTS), help="The newest first, as without it, or otherwise.")
@lists
@shows
def ls(session: Session, *, limit: int, everything: bool, ids: bool, sort: str | None, **asked: Any) -> None:  # noqa: ANN401
    """List jobs. With --json, a line a job."""
    found = session.client.jobs(**asked, sort=sort, page_size=page_size(limit, everything=everything))
    people = partial(_table, width=session.out.width)
    listed(session, found, lambda job: job.id, people, limit=limit, everything=everything, ids=ids)


@click.command()
@click.argument("id")
@shows
def tree(session: Session, id: str) -> None:
    """Draw a job and those that it waits for."""
    found = session.client.tree(id)
    session.show(found, lambda: _drawn(found))


COMMANDS = (status, result, logs, ls, tree)


def _lines(session: Session, lines: Sequence[str]) -> None:
    for line in lines:
        session.out.print(Text(clean(line)))


def _table(jobs: Sequence[JobBrief], width: int) -> Table | str:
    """A line a job, whatever the terminal: the narrow ones hear of queue and tags by `dmps status`."""
    if not jobs:
        return "No such jobs."
    more = ("QUEUE", "TAGS") if width >= ROOMY else ()
    made = table("ID", "STATUS", "TYPE", "AGE", *more, "WHAT")
    for job in jobs:
        cells = (job.id, status_text(job.status), job.type, age(job.created_at))
        others = (job.queue, ",".join(job.tags) or None) if more else ()
        made.add_row(*row(*cells, *others), Text(clean(_what(job) or "-"), no_wrap=True, overflow="ellipsis"))
    return made


def _what(job: JobBrief) -> str | None:
    if job.error is not None:
        return f"{job.error.code}: {job.error.message}"
    if job.progress is not None and not job.has_ended:
        return f"{job.progress.percent:g} % {job.progress.message}".rstrip()
    return None


def _job(session: Session, job: Job) -> None:
    made = table("", "")
    made.show_header = False
    facts = {
        "id": job.id,
        "type": job.type,
        "status": status_text(job.status),
        "queue": f"{job.queue} ({job.priority})",
        "created": moment(job.created_at),
        "due": moment(job.run_at),
        "ended": moment(job.completed_at),
        "position": job.position if isinstance(job.position, int) else None,
        "tags": ", ".join(job.tags) or None,
        "what": _what(job),
    }
    for name, fact in facts.items():
        if fact is not None:
            made.add_row(*row(name, fact))
    session.out.print(made)
    for attempt in job.attempts:
        why = f": {attempt.error.code}: {attempt.error.message}" if attempt.error else ""
        text = f"attempt {attempt.number} on {attempt.worker} {attempt.outcome or 'runs'}{why}"
        session.out.print(Text(clean(text)))
    if job.status == "completed" and job.result_file is None:
        session.out.print(pretty(job.result))


def _drawn(tree: Tree) -> Group:
    """A job for which two wait stands below both, and what it waits for below the first alone."""
    nodes, drawn = {node.id: node for node in tree.jobs}, {tree.id}
    top = Drawing(_label(nodes[tree.id]))
    todo = [(tree.id, top)]
    while todo:
        parent, drawing = todo.pop()
        for id in nodes[parent].children:
            child = nodes.get(id)
            branch = drawing.add(_label(child) if child else f"{clean(id)} ...")
            if child and id not in drawn:
                drawn.add(id)
                todo.append((id, branch))
    counts = ", ".join(f"{count} {status}" for status, count in tree.counts.items())
    return Group(top, counts + ("" if tree.is_whole else "; there are more"))


def _label(node: Node) -> Text:
    status = status_text(node.status) if node.status else Text("removed")
    return Text.assemble(clean(node.id), " ", status, " ", clean(node.type or ""))
