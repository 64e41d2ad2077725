"""`dmps submit` and `dmps replay`."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import msgspec
from msgspec import UNSET

from dmps.cli.exits import Exit
from dmps.cli.inputs import PRIORITIES, Json, complete_type, decode, unknown_type
from dmps.cli.session import Session, clean, shows
from dmps.cli.waiting import finish
from dmps.models.jobs import Entry, Submission, Submitted

_FLAGS = {
    "delay": click.option("--delay", type=float, metavar="SECONDS", help="Run it after so long."),
    "runAt": click.option("--run-at", "runAt", metavar="TIME", help="Run it then (RFC 3339)."),
    "queue": click.option("--queue", metavar="NAME", help="Where it waits."),
    "priority": click.option("--priority", type=click.Choice(PRIORITIES), help="Who goes first within the queue."),
    "maxAttempts": click.option("--max-attempts", "maxAttempts", type=int, metavar="N", help="How often it may fail."),
    "timeout": click.option("--timeout", type=float, metavar="SECONDS", help="How long one attempt may take."),
    "tags": click.option("--tag", "tags", multiple=True, metavar="TAG", help="A label; may be repeated."),
}
_MORE = click.option("--options", type=Json(), metavar="JSON", help="Any options, as in docs/api.md; flags go before.")
_KEY = click.option("--key", metavar="KEY", help="Idempotency-Key: submitted once, however often you say it.")
_WAIT = click.option(
    "--wait", "waits", is_flag=True, help="Wait for the end; exit with 1 if it is none that was hoped for."
)
_WITHIN = click.option("--within", type=float, metavar="SECONDS", help="With --wait: at most so long.")


def _with_options(command: Any) -> Any:  # noqa: ANN401 - a function, as click decorates it
    for option in reversed((*_FLAGS.values(), _MORE, _KEY, _WAIT, _WITHIN)):
        command = option(command)
    return command


@click.command()
@click.argument("type", shell_complete=complete_type)
@click.argument("payload", type=Json(), required=False, default=UNSET)
@click.option("--example", is_flag=True, help="Submit the example of the type.")
@click.option("--check", is_flag=True, help="See whether it would be taken, and submit nothing.")
@click.option("--after", "depends_on", multiple=True, metavar="ID", help="A job that must end before; may be repeated.")
@_with_options
@shows
def submit(session: Session, type: str, payload: Any, *, example: bool, check: bool, **asked: Any) -> None:  # noqa: ANN401 - any JSON
    """Submit a job of a TYPE and print its id. PAYLOAD is JSON, @FILE, or - for standard input."""
    if example == (payload is not UNSET):
        raise click.UsageError("Give a payload: JSON, @FILE, - for standard input, or --example.")
    payload = _example(session, type) if example else payload
    options = _options(asked)
    if check:
        session.client.check(type, payload, options)
        session.show({"valid": True}, lambda: "The job is valid; nothing was submitted.")
        return
    key, others = asked["key"], asked["depends_on"]
    _told(session, session.client.submit(type, payload, options, depends_on=others, idempotency_key=key), asked)


@click.command()
@click.argument("id")
@click.option("--payload", type=Json(), default=UNSET, metavar="JSON", help="Another payload.")
@_with_options
@shows
def replay(session: Session, id: str, payload: Any, **asked: Any) -> None:  # noqa: ANN401 - any JSON
    """Submit another job like ID, which has ended, and print its id."""
    options = _options(asked) or None
    _told(session, session.client.replay(id, payload, options, idempotency_key=asked["key"]), asked)


@click.command("submit-many")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, allow_dash=True))
@click.option("--atomic", is_flag=True, help="All of them or none; at most 1,000.")
@click.option("--key", metavar="KEY", help="Idempotency-Key: the same file is submitted once.")
@shows
def submit_many(session: Session, file: str, *, atomic: bool, key: str | None) -> None:
    """Submit a job for each line of FILE: {"type": ..., "payload": ..., "options": ...}. - is standard input.

    Prints an id for each, in order; for those that were refused, why, on standard error.
    """
    entries = session.client.submit_many(_lines(file), atomic=atomic, idempotency_key=key)
    if session.is_json:
        session.json(entries)
    else:
        for number, entry in enumerate(entries, 1):
            _entry(session, number, entry)
    if any(entry.problem for entry in entries):
        raise click.exceptions.Exit(Exit.REFUSED)


COMMANDS = (submit, submit_many, replay)


def _example(session: Session, type: str) -> Any:  # noqa: ANN401 - any JSON
    known = {each.name: each for each in session.client.job_types()}
    if type not in known:
        raise unknown_type(type, known)
    return known[type].example


def _options(asked: dict[str, Any]) -> dict[str, Any]:
    given = {name: asked[name] for name in _FLAGS if asked[name] not in {None, ()}}
    return {**(asked["options"] or {}), **given}


def _told(session: Session, submitted: Submitted, asked: dict[str, Any]) -> None:
    if not asked["waits"]:
        session.show(submitted, lambda: submitted.job_id)
        if submitted.deduplicated:
            session.tell("An earlier job with this key stands for it.")
        return
    session.tell(f"Job {submitted.job_id}")
    finish(session, [submitted.job_id], asked["within"])


def _entry(session: Session, number: int, entry: Entry) -> None:
    if entry.problem is None:
        click.echo(entry.job_id)
    else:
        session.err.print(clean(f"line {number}: {entry.problem}", keep="\n"), markup=False)


def _lines(file: str) -> Iterator[Submission]:
    text = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip():
            try:
                yield msgspec.convert(decode(line), _Line).submission()
            except (msgspec.DecodeError, ValueError) as error:
                raise click.UsageError(f"{file}, line {number}: {error}") from error


class _Line(msgspec.Struct, forbid_unknown_fields=True):
    type: str
    payload: Any
    options: dict[str, Any] = {}
    children: "list[_Line]" = []
    depends_on: list[str] = msgspec.field(default_factory=list, name="dependsOn")

    def submission(self) -> Submission:
        """As the client takes it."""
        children = [child.submission() for child in self.children]
        return Submission(self.type, self.payload, self.options, children, self.depends_on)
