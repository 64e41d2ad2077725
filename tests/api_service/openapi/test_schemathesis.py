"""schemathesis asks what the document allows, what it forbids, and what follows from what, of a real service."""

import asyncio
import dataclasses
import os
import sys
from pathlib import Path

import pytest

from api_service.access import Role
from api_service.app import create_app
from shared.settings import Settings
from shared.store import Store
from tests.api_service.conftest import ServerUnderTest
from tests.api_service.keyed import make_key, with_keys
from tests.processes import ROOT

HERE = Path(__file__).parent
COMMAND = (sys.executable, "-m", "schemathesis.cli", "--config-file", str(HERE / "schemathesis.toml"), "run")
OPTIONS = ("--generation-deterministic", "--max-examples=20", "--no-shrink", "--no-color")
ENVIRONMENT = {"SCHEMATHESIS_HOOKS": "tests.api_service.openapi.checks", "PYTHONPATH": str(ROOT)}


@pytest.mark.parametrize("has_keys", [False, True])
async def test_schemathesis_finds_nothing(settings: Settings, tmp_path: Path, store: Store, has_keys: bool) -> None:
    brief = dataclasses.replace(settings, max_wait=0.1)  # for as long as no worker ends the jobs
    if has_keys:
        brief = with_keys(brief)
    # What is refused does not depend on a key: once is enough for the longest phase.
    asked = ("--phases=examples,fuzzing,stateful",) if has_keys else ()
    key = ("-H", f"Authorization: Bearer {await make_key(store, role=Role.ADMIN)}") if has_keys else ()
    async with ServerUnderTest(create_app(brief)) as server:
        process = await asyncio.create_subprocess_exec(
            *COMMAND,
            str(server.make_url("/openapi.json")),
            *OPTIONS,
            *asked,
            *key,
            cwd=tmp_path,
            env={**os.environ, **ENVIRONMENT},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        output, _ = await process.communicate()
    assert process.returncode == 0, output.decode()
