"""The command `dmps`: what a caller or an operator does, from a terminal or a script."""

from importlib.metadata import version

import click

from dmps.cli import (
    acting,
    bulk,
    completion,
    doctor,
    files,
    fleet,
    keys,
    looking,
    moving,
    schedules,
    statistics,
    submitting,
    waiting,
    webhooks,
)
from dmps.cli.exits import Exit, advice, details, exit_of
from dmps.cli.session import TRIES, Session, as_json, clean
from dmps.errors import DmpsError

MOST_TRIES = 100


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--url", metavar="URL", help="Where the API is.  [DMPS_URL, else http://127.0.0.1:3000]")
@click.option(
    "--tries", type=click.IntRange(1, MOST_TRIES), default=TRIES, help="How often a request is sent at most.  [3]"
)
@click.version_option(version("dmps"), prog_name="dmps")
@click.pass_obj
def cli(session: Session, url: str | None, tries: int) -> None:
    """Submit jobs to dmps, follow them, and see to the service.

    DMPS_API_KEY is the key that is shown, where keys are in force. Every command has --json. Exit status: 0 well, 1 a
    job failed, 2 usage, 3 not found, 4 refused, 5 unreachable, 6 not allowed, 7 not in time.
    """
    session.url, session.tries = url, tries


COMMANDS = (
    *submitting.COMMANDS,
    *looking.COMMANDS,
    *waiting.COMMANDS,
    *acting.COMMANDS,
    bulk.bulk,
    *moving.COMMANDS,
    *files.COMMANDS,
    *fleet.COMMANDS,
    schedules.schedules,
    webhooks.webhooks,
    keys.keys,
    *statistics.COMMANDS,
    doctor.doctor,
    completion.completion,
)
for command in COMMANDS:
    cli.add_command(command)


def main() -> int:
    """Run the command and answer its exit status."""
    session = Session()
    try:
        ended = cli.main(prog_name="dmps", obj=session, standalone_mode=False)
    except click.ClickException as error:
        error.show()
        return Exit.USAGE
    except DmpsError as error:
        return _fail(error, is_json=session.is_json)
    except (KeyboardInterrupt, click.Abort):
        return Exit.INTERRUPTED
    return ended if isinstance(ended, int) else Exit.OK


def _fail(error: DmpsError, *, is_json: bool) -> Exit:
    """Say on standard error what happened, and what to do."""
    if is_json:
        click.echo(as_json(details(error)), err=True)
    else:
        lines = (str(error), advice(error))
        click.echo("\n".join(clean(line, keep="\n") for line in lines if line), err=True)
    return exit_of(error)
