"""`python deploy/requirements.py worker processors` prints what those extras need directly, one requirement a line.

It stands on the standard library alone, since a Dockerfile runs it before anything is installed. What pip installs from
it is pinned, with its hashes and all that it needs in turn, by `--constraint requirements.lock`.
"""

# ruff: noqa: T201 - a command prints

import re
import sys
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

PYPROJECT = Path(__file__).parent.parent / "pyproject.toml"
_OURS = re.compile(r"dmps\[(.*)\]")  # an extra that is made of others


def direct(project: Mapping[str, Any], extras: Iterable[str]) -> Iterator[str]:
    """The requirements of a `[project]` table with those extras; some may come twice. KeyError: no such extra."""
    yield from project["dependencies"]
    for extra in extras:
        yield from _of_extra(project["optional-dependencies"], extra)


def _of_extra(table: Mapping[str, Sequence[str]], extra: str) -> Iterator[str]:
    for requirement in table[extra]:
        if others := _OURS.fullmatch(requirement):
            for other in others[1].split(","):
                yield from _of_extra(table, other.strip())
        else:
            yield requirement


def main(extras: Sequence[str]) -> int:
    """Print them. Answers 0."""
    project = tomllib.loads(PYPROJECT.read_text())["project"]
    print(*sorted(set(direct(project, extras))), sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
