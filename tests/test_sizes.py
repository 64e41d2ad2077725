"""Rooms are small: a file of code has at most 300 lines, a line of Lua, which ruff does not read, 120 characters."""

from pathlib import Path

import pytest

from tests.processes import ROOT

MOST_LINES, MOST_CHARACTERS = 300, 120
CODE = ("api_service", "benchmarks", "deploy", "dmps", "examples", "shared", "tests", "worker_service")
SUFFIXES = {".css", ".html", ".js", ".lua", ".mjs", ".py"}


def sources(*suffixes: str) -> list[Path]:
    found = (path for part in CODE for path in (ROOT / part).rglob("*") if path.suffix in suffixes)
    return [path for path in found if "node_modules" not in path.parts]


@pytest.mark.parametrize("suffix", sorted(SUFFIXES))
def test_files_are_short(suffix: str) -> None:
    lengths = {path.relative_to(ROOT): len(path.read_text().splitlines()) for path in sources(suffix)}
    assert {path: length for path, length in lengths.items() if length > MOST_LINES} == {}


def test_lines_of_lua_are_short() -> None:
    lines = {path: path.read_text().splitlines() for path in sources(".lua")}
    assert [path.name for path, each in lines.items() if any(len(line) > MOST_CHARACTERS for line in each)] == []
