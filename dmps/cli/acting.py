"""`dmps cancel`, `retry`, `delete`: act on jobs."""

from collections.abc import Callable, Sequence
from functools import partial

import click

from dmps.cli.exits import Exit, advice, exit_of
from dmps.cli.session import Session, clean, shows
from dmps.errors import NotFound, Refused
from dmps.models.jobs import Job

_IDS = click.argument("ids", nargs=-1, required=True, metavar="ID...")
_SUBTREE = click.option("--subtree", is_flag=True, help="All that they wait for, too.")


@click.command()
@_IDS
@_SUBTREE
@shows
def cancel(session: Session, ids: Sequence[str], *, subtree: bool) -> None:
    """Cancel jobs. One that runs is told to stop; `dmps wait` says when it has."""
    act_on_each(session, ids, partial(session.client.cancel, subtree=subtree))


@click.command()
@_IDS
@_SUBTREE
@shows
def retry(session: Session, ids: Sequence[str], *, subtree: bool) -> None:
    """Give failed jobs all their attempts again."""
    act_on_each(session, ids, partial(session.client.retry, subtree=subtree))


@click.command()
@_IDS
@_SUBTREE
@shows
def delete(session: Session, ids: Sequence[str], *, subtree: bool) -> None:
    """Remove jobs that have ended, with all their traces."""
    act_on_each(session, ids, partial(session.client.delete, subtree=subtree))


COMMANDS = (cancel, retry, delete)


def act_on_each(session: Session, ids: Sequence[str], act: Callable[[str], Job | None]) -> None:
    """Act on all, though some be refused; the exit status is that of the first which was."""
    status = Exit.OK
    for id in ids:
        try:
            job = act(id)
        except Refused as error:
            status = status or exit_of(error)
            _refused(session, id, error)
            continue
        told = {"id": id, "status": job.status if job else "deleted"}
        session.show(job or told, partial(" ".join, told.values()))
    if status:
        raise click.exceptions.Exit(status)


def _refused(session: Session, id: str, error: Refused) -> None:
    if session.is_json:
        session.json({"id": id, "problem": error.problem})
    else:
        more = f" {advice(error)}" if isinstance(error, NotFound) else ""
        session.err.print(clean(f"{id}: {error}{more}", keep="\n"), markup=False)
