"""The plug-in of `examples/`: installed, tested and run as a reader of its README would."""

import asyncio
import shutil
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientError, ClientSession

from tests.processes import API, ROOT, Fleet, environment
from tests.waiting import until

EXAMPLE = ROOT / "examples" / "acme_jobs"
INVOICE = {"lines": [{"quantity": 3, "price": 9.99, "vat": 19}]}


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where it is installed, with its entry point. Built of a copy: a build may leave something behind."""
    directory = tmp_path_factory.mktemp("acme")
    shutil.copytree(EXAMPLE, directory / "source", ignore=shutil.ignore_patterns("__pycache__"))
    pip = (sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", "install")
    offline = ("--no-index", "--no-deps", "--no-build-isolation", "--no-compile")
    command = [*pip, *offline, "--target", str(directory / "site"), str(directory / "source")]
    subprocess.run(command, check=True, env=environment(PYTHONWARNINGS="ignore"), cwd=directory)
    return directory / "site"


def test_its_own_tests_pass(installed: Path) -> None:
    command = (sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-n", "0", "-v", str(EXAMPLE / "tests"))
    paths = {"PYTHONPATH": f"{ROOT}:{installed}"}
    done = subprocess.run(command, capture_output=True, text=True, env=environment(**paths), cwd=ROOT, check=False)
    assert "6 passed" in done.stdout, done.stdout + done.stderr


async def test_both_services_find_it_by_its_entry_point_or_by_the_setting(processes: Fleet, installed: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    processes.start(API, PORT=str(port), PYTHONPATH=f"{ROOT}:{installed}", DMPS_PLUGINS="")
    processes.start(PYTHONPATH=f"{ROOT}:{EXAMPLE}", DMPS_PLUGINS="acme_jobs")
    async with ClientSession(f"http://127.0.0.1:{port}") as session:

        async def ended() -> Any:
            try:
                body = {"type": "invoice-total", "payload": INVOICE}
                async with session.post("/api/jobs", json=body, headers={"Prefer": "wait=10"}) as response:
                    return await response.json()
            except ClientError:
                return None

        job = await until(ended, "the API")
        assert job["result"] == {"net": 29.97, "vat": 5.69, "gross": 35.66}
        async with session.get("/api/job-types") as response:
            types = {each["name"]: each for each in (await response.json())["jobTypes"]}
        assert types["invoice-total"]["summary"] == "Add up an invoice, with value added tax."


async def test_a_worker_finds_it_by_its_entry_point_too(installed: Path) -> None:
    program = "from shared.discovery import plugins; from worker_service.catalogue import processors; "
    program += "print(sorted(processors(plugins(()))))"
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", program),
        env=environment(PYTHONPATH=f"{ROOT}:{installed}"),
        stdout=asyncio.subprocess.PIPE,
    )
    output, _ = await process.communicate()
    assert b"'invoice-total'" in output
