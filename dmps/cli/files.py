"""`dmps files` and `dmps link`: the files that are stored."""

from collections.abc import Sequence
from functools import partial
from itertools import islice

import click
from click.shell_completion import CompletionItem
from rich.filesize import decimal
from rich.table import Table

from dmps.cli.acting import act_on_each
from dmps.cli.inputs import completed
from dmps.cli.listing import ROOMY, SHOWN, listed, lists, page_size
from dmps.cli.session import Session, age, clean, moment, row, shows, table
from dmps.clients import Client
from dmps.models.files import File


def complete_file(context: click.Context, _: click.Parameter, begun: str) -> list[CompletionItem]:
    """The newest files, with their names; none while the API cannot be asked."""

    def ask(client: Client) -> list[CompletionItem]:
        newest = islice(client.files(page_size=SHOWN), SHOWN)
        return [_item(file) for file in newest if file.file_id.startswith(begun)]

    return completed(context, ask)


@click.group(invoke_without_command=True)
@lists
@shows
def files(session: Session, *, limit: int, everything: bool, ids: bool) -> None:
    """List the files that are stored, the newest first. Or show one, or remove some. With --json, a line a file."""
    if click.get_current_context().invoked_subcommand is None:
        found = session.client.files(page_size=page_size(limit, everything=everything))
        people = partial(_table, width=session.out.width)
        listed(session, found, lambda file: file.file_id, people, limit=limit, everything=everything, ids=ids)


@files.command()
@click.argument("id", shell_complete=complete_file)
@shows
def show(session: Session, id: str) -> None:
    """Show what is known of a file."""
    file = session.client.file(id)
    session.show(file, lambda: _facts(file))


@files.command()
@click.argument("ids", nargs=-1, required=True, metavar="ID...", shell_complete=complete_file)
@shows
def delete(session: Session, ids: Sequence[str]) -> None:
    """Remove files. One that a job needs which has not ended, or that a schedule names, stays."""
    act_on_each(session, ids, session.client.delete_file)


@click.command()
@click.argument("id", shell_complete=complete_file)
@click.option("--expires", type=int, metavar="SECONDS", help="How long it is good for.  [3600]")
@shows
def link(session: Session, id: str, expires: int | None) -> None:
    """Print a link by which anybody has the file for a time, without a key."""
    made = session.client.create_link(id, expires)
    session.show(made, partial(str, made.url))
    session.tell(f"Whoever has it has the file until {moment(made.expires_at)}.")


COMMANDS = (files, link)


def _item(file: File) -> CompletionItem:
    return CompletionItem(file.file_id, help=clean(file.name or file.media_type))


def _table(files: Sequence[File], width: int) -> Table | str:
    """A line a file; a narrow terminal hears of media types by `dmps files show`."""
    if not files:
        return "No files: `dmps upload FILE` stores one."
    more = ("MEDIA TYPE",) if width >= ROOMY else ()
    made = table("ID", "SIZE", "AGE", *more, "NAME")
    for file in files:
        others = (file.media_type,) if more else ()
        made.add_row(*row(file.file_id, decimal(file.size), age(file.created_at), *others, file.name))
    return made


def _facts(file: File) -> Table:
    made = table("", "")
    made.show_header = False
    facts = {
        "id": file.file_id,
        "name": file.name,
        "media type": file.media_type,
        "size": f"{file.size} bytes",
        "sha256": file.sha256,
        "stored": moment(file.created_at),
        "by job": file.job_id,
    }
    for name, fact in facts.items():
        if fact is not None:
            made.add_row(*row(name, fact))
    return made
