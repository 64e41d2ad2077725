import re
import shlex
import subprocess
import sys

import click
import pytest

from dmps import errors
from dmps.cli import COMMANDS
from dmps.cli.exits import Exit
from dmps.clients import Calls
from tests.dmps.conftest import Service
from tests.processes import ROOT, environment
from tests.test_docs import DOCS, blocks

PAGE = DOCS["client.md"]
TABLE = "\n".join(line for line in PAGE.splitlines() if line.startswith("|"))


@pytest.mark.parametrize("command", [str(command.name) for command in COMMANDS])
def test_every_command_is_documented(command: str) -> None:
    assert re.search(rf"`dmps {command}[ `]", TABLE)


@pytest.mark.parametrize("status", list(Exit))
def test_every_exit_status_is_documented(status: Exit) -> None:
    assert f"| {status.value} |" in TABLE


@pytest.mark.parametrize("call", [name for name in vars(Calls) if not name.startswith("_")])
def test_every_call_is_documented(call: str) -> None:
    assert f"`{call}`" in TABLE


@pytest.mark.parametrize("error", [each.__name__ for each in vars(errors).values() if isinstance(each, type)])
def test_every_exception_is_documented(error: str) -> None:
    kind = getattr(errors, error)
    assert not issubclass(kind, errors.DmpsError) or f"`{error}`" in PAGE


def every_command(of: click.Command) -> list[click.Command]:
    inner = of.commands.values() if isinstance(of, click.Group) else ()
    return [of, *(each for one in inner for each in every_command(one))]


@pytest.mark.parametrize(
    "command", [each for one in COMMANDS for each in every_command(one)], ids=lambda each: each.name
)
def test_every_command_has_json_and_help(command: click.Command) -> None:
    options = {option for parameter in command.params for option in parameter.opts}
    assert command.help
    assert "--json" in options or command.name == "keys"  # which passes it on


def pasted(program: list[str], text: str, service: Service) -> str:
    ended = subprocess.run(
        program, input=text.encode(), env=environment(DMPS_URL=service.url), cwd=ROOT, capture_output=True, check=False
    )
    assert ended.returncode == 0, ended.stderr.decode()
    return ended.stdout.decode()


def test_the_tour_runs_as_it_is_pasted(service: Service) -> None:
    _, tour = blocks(PAGE, "sh")
    text = re.sub(r"\bdmps (?=[a-z])", f"{shlex.quote(sys.executable)} -m dmps ", tour)
    seen = pasted(["sh", "-e"], re.sub(r"(doctor) +#", r"\1 || test $? = 1 #", text), service)  # no durable store here
    assert '"sum": 6' in seen
    assert "persistence" in seen


def test_the_client_works_as_it_is_pasted(service: Service) -> None:
    (text,) = blocks(PAGE, "python")
    seen = pasted([sys.executable, "-"], text, service)
    assert "{'sum': 6}" in seen
    assert "\ncompleted\n" in seen
    assert "['/payload/numbers/0']" in seen
