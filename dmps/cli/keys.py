"""`dmps keys`: API keys are made where the API's settings and store are, by the API's own command."""

import subprocess
import sys
from collections.abc import Sequence
from importlib.util import find_spec

import click

from dmps.cli.exits import Exit
from dmps.cli.session import Session

_EXITS = {1: Exit.NOT_FOUND, 69: Exit.UNREACHABLE, 78: Exit.USAGE}  # 69, 78: EX_UNAVAILABLE, EX_CONFIG of sysexits


@click.command(
    context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False}, add_help_option=False
)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
@click.pass_obj
def keys(_: Session, arguments: Sequence[str]) -> None:
    """Make, list, rotate and revoke API keys: create, list, rotate, revoke; each has --help and --json.

    It speaks to the store, not to the API, and so takes the API's settings: DMPS_PEPPER and REDIS_URL.
    """
    if find_spec("api_service") is None or find_spec("aiohttp") is None:
        raise click.UsageError(
            "Keys are made where the API is installed, with its DMPS_PEPPER and REDIS_URL:"
            " pip install '.[api,client]' in a clone of dmps, then `dmps keys create --tenant NAME --role submitter`."
        )
    command = [sys.executable, "-m", "api_service", "keys", *(arguments or ("--help",))]
    ended = subprocess.run(command, check=False)  # noqa: S603 - our own command; the arguments pass as they are
    if ended.returncode:
        raise click.exceptions.Exit(_EXITS.get(ended.returncode, ended.returncode))
