"""`dmps upload` and `dmps download`."""

import os
import shlex
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile, TemporaryDirectory

import click
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

from dmps.calls.uploading import STALLED
from dmps.cli.files import complete_file
from dmps.cli.session import Session, clean, row, shows, table
from dmps.models.files import File, UploadProgress

STDIN = STDOUT = Path("-")


@click.command()
@click.argument(
    "files",
    nargs=-1,
    required=True,
    type=click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path),
    metavar="FILE...",
)
@click.option("--name", metavar="NAME", help="What it is called.  [as it is here]")
@click.option("--resume", metavar="UPLOAD", help="Go on with an upload that has stopped.")
@click.option(
    "--stalled", type=float, default=STALLED, metavar="SECONDS", help="Stop if nothing goes for so long.  [60]"
)
@shows
def upload(session: Session, files: Sequence[Path], stalled: float, name: str | None, resume: str | None) -> None:
    """Upload FILES for jobs to work on, and print their ids. - is standard input. With --json, a line a file.

    Large files go in parts: one that breaks off goes on where it was.
    """
    if len(files) > 1 and (name is not None or resume is not None):
        raise click.UsageError("--name and --resume are for one file.")
    made = table("ID", "SIZE", "FILE")
    try:
        for file in files:
            stored = _stored(session, file, stalled, name, resume)
            if session.is_json:
                session.json(stored)
            elif session.out.is_terminal:
                made.add_row(*row(stored.file_id, stored.size, file))
            else:
                click.echo(stored.file_id)
    finally:
        if made.row_count:
            session.out.print(made)


@click.command()
@click.argument("id", shell_complete=complete_file)
@click.option(
    "--output",
    "-o",
    type=click.Path(path_type=Path, allow_dash=True),
    help="Where to write it; into a directory, under its own name.  [its id]",
)
@click.option("--force", is_flag=True, help="Write over what is there.")
@shows
def download(session: Session, id: str, output: Path | None, *, force: bool) -> None:
    """Download a file; -o - writes it to standard output. What arrives is held against its SHA-256."""
    if output == STDOUT:
        _print(session, id)
        return
    to = output or Path(_one_part(id))
    if to.is_dir():
        to /= _one_part(session.client.file(id).name or id)
    if to.is_file() and not force:
        raise click.UsageError(f"{to} is there already: -o names another file, --force writes over it.")
    if not to.parent.is_dir():
        raise click.UsageError(f"There is no directory {to.parent}.")
    session.client.download(id, to)
    told = {"fileId": id, "path": str(to), "size": to.stat().st_size}
    session.show(told, lambda: f"{to} ({told['size']} bytes)")


COMMANDS = (upload, download)


def _print(session: Session, id: str) -> None:
    """Once it is whole: what is damaged is not printed."""
    with TemporaryDirectory(prefix="dmps-") as directory:
        whole = Path(directory) / "whole"
        session.client.download(id, whole)
        with whole.open("rb") as content:
            shutil.copyfileobj(content, sys.stdout.buffer)


def _one_part(name: str) -> str:
    """As the last part of a path."""
    return name.replace(os.sep, "_")


def _stored(session: Session, file: Path, stalled: float, name: str | None, resume: str | None) -> File:
    last = UploadProgress(resume, 0, 0)
    with _on_disk(file) as path, _bar(session, name or file.name) as heard:

        def on_progress(progress: UploadProgress) -> None:
            nonlocal last
            last, before = progress, last
            if progress.trouble is not None and before.trouble is None:
                session.tell(
                    f"{name or file.name} broke off after {progress.sent} of {progress.size} bytes; it goes on."
                )
            heard(progress)

        called = name if name is not None else (file.name if path == file else "")
        try:
            return session.client.upload(path, name=called, resume=resume, stalled=stalled, on_progress=on_progress)
        except ValueError as error:
            raise click.UsageError(str(error)) from error
        except KeyboardInterrupt:
            if last.upload_id:
                session.tell(f"To go on with it: dmps upload {shlex.quote(str(file))} --resume {last.upload_id}")
            raise


@contextmanager
def _on_disk(file: Path) -> Iterator[Path]:
    """What can be read again from any place: standard input and pipes are kept in a file meanwhile."""
    if file != STDIN and file.is_file():
        yield file
        return
    with NamedTemporaryFile(prefix="dmps-") as kept:
        with sys.stdin.buffer if file == STDIN else file.open("rb") as source:
            shutil.copyfileobj(source, kept)
        kept.flush()
        yield Path(kept.name)


@contextmanager
def _bar(session: Session, name: str) -> Iterator[Callable[[UploadProgress], object]]:
    """A bar, while somebody looks."""
    if session.is_json or not session.err.is_terminal:
        yield lambda _: None
        return
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Progress(*columns, TimeRemainingColumn(), console=session.err, transient=True) as bar:
        task = bar.add_task(clean(name), total=None)
        yield lambda progress: bar.update(task, completed=progress.sent, total=progress.size)
