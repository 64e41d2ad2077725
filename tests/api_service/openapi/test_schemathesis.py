"""schemathesis asks what the document allows, what it forbids, and what follows from what, of a real service."""

import asyncio
import dataclasses
import os
import sys
from pathlib import Path

from api_service.app import create_app
from shared.settings import Settings
from tests.api_service.conftest import ServerUnderTest
from tests.processes import ROOT

HERE = Path(__file__).parent
COMMAND = (sys.executable, "-m", "schemathesis.cli", "--config-file", str(HERE / "schemathesis.toml"), "run")
OPTIONS = ("--generation-deterministic", "--max-examples=20", "--no-shrink", "--no-color")
ENVIRONMENT = {"SCHEMATHESIS_HOOKS": "tests.api_service.openapi.checks", "PYTHONPATH": str(ROOT)}


async def test_schemathesis_finds_nothing(settings: Settings, tmp_path: Path) -> None:
    brief = dataclasses.replace(settings, max_wait=0.1)  # for as long as no worker ends the jobs
    async with ServerUnderTest(create_app(brief)) as server:
        process = await asyncio.create_subprocess_exec(
            *COMMAND,
            str(server.make_url("/openapi.json")),
            *OPTIONS,
            cwd=tmp_path,
            env={**os.environ, **ENVIRONMENT},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        output, _ = await process.communicate()
    assert process.returncode == 0, output.decode()
