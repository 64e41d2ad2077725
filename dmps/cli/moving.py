"""`dmps upload` and `dmps download`."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from dmps.cli.session import Session, row, shows, table


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@shows
def upload(session: Session, files: Sequence[Path]) -> None:
    """Upload FILES for jobs to work on, and print their ids. With --json, a line a file."""
    made = table("ID", "SIZE", "MEDIA TYPE", "FILE")
    for file in files:
        stored = session.client.upload(file)
        if session.is_json:
            session.json(stored)
        made.add_row(*row(stored.file_id, stored.size, stored.media_type, file))
        if not session.is_json and not session.out.is_terminal:
            click.echo(stored.file_id)
    if not session.is_json and session.out.is_terminal:
        session.out.print(made)


@click.command()
@click.argument("id")
@click.option("--output", "-o", type=click.Path(path_type=Path, allow_dash=True), help="Where to write it.  [its id]")
@click.option("--force", is_flag=True, help="Write over what is there.")
@shows
def download(session: Session, id: str, output: Path | None, *, force: bool) -> None:
    """Download a file; -o - writes it to standard output. What arrives is held against its SHA-256."""
    if output == Path("-"):
        sys.stdout.buffer.write(session.client.download(id))
        return
    to = output or Path(id.replace(os.sep, "_"))
    if to.exists() and not force:
        raise click.UsageError(f"{to} is there already: -o names another file, --force writes over it.")
    if not to.parent.is_dir():
        raise click.UsageError(f"There is no directory {to.parent}.")
    session.client.download(id, to)
    told = {"fileId": id, "path": str(to), "size": to.stat().st_size}
    session.show(told, lambda: f"{to} ({told['size']} bytes)")


COMMANDS = (upload, download)
