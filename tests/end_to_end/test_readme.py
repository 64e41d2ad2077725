"""The commands of the README, as a reader would paste them, against an API and a worker that really run."""

import asyncio
import json
import re
import shutil
import socket
import sys
from pathlib import Path

import pytest
from aiohttp import ClientError, ClientSession

from tests.processes import API, ROOT, Fleet, environment
from tests.waiting import until

pytestmark = pytest.mark.skipif(shutil.which("curl") is None, reason="the README's commands need curl")

SECTIONS = dict(
    re.findall(r"^## ([^\n]+)\n(.*?)(?=^## |\Z)", (ROOT / "README.md").read_text(), re.DOTALL | re.MULTILINE)
)
SAMPLE = "01a20bd9-6453-76ed-b412-7526b44b1ca6"


@pytest.fixture
async def here(processes: Fleet) -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        where = f"localhost:{probe.getsockname()[1]}"
    processes.start(API, PORT=where.removeprefix("localhost:"))
    processes.start()

    async def is_ready() -> bool:
        try:
            async with ClientSession() as session, session.get(f"http://{where}/health/ready") as response:
                return bool((await response.json()).get("workers"))
        except ClientError:
            return False

    await until(is_ready, "the API and a worker")
    return where


async def paste(section: str, here: str, directory: Path, sample: str = SAMPLE) -> list[str]:
    """What each command of a section prints."""
    outputs = []
    for block in re.findall(r"```sh\n(.*?)```", SECTIONS[section], re.DOTALL):
        for command in re.split(r"\n(?=curl)", re.sub(r"^#.*\n|^\n", "", block, flags=re.MULTILINE).strip()):
            text = command.replace("localhost:3000", here).replace(SAMPLE, sample)
            process = await asyncio.create_subprocess_exec(
                "sh", "-c", text, cwd=directory, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
            )
            output, errors = await process.communicate()
            assert process.returncode == 0, (command, errors)
            outputs.append(output.decode())
    return outputs


async def test_a_job_is_submitted_and_its_result_read(here: str, tmp_path: Path) -> None:
    submitted, *_ = await paste("Submit a job, read its result", here, tmp_path)
    assert submitted.startswith("HTTP/1.1 202 Accepted")
    (job_id,) = re.findall(r'"jobId":"([^"]+)"', submitted)

    async def is_completed() -> bool:
        _, read, refused = await paste("Submit a job, read its result", here, tmp_path, job_id)
        assert json.loads(refused)["errors"][0]["pointer"] == "/payload/numbers/1"
        return bool(json.loads(read)["status"] == "completed")

    await until(is_completed, "the job has ended")


async def test_a_flow_and_a_schedule_are_made_with_curl(here: str, tmp_path: Path) -> None:
    joined, scheduled = map(json.loads, await paste("Flows and schedules", here, tmp_path))
    assert (joined["status"], joined["result"], joined["childCount"]) == ("completed", {"sum": 30}, 2)
    assert scheduled["nextRunAt"]


async def test_everything_can_be_done_with_curl(here: str, tmp_path: Path) -> None:
    waited, once, checked, events, *read, openapi = await paste("Nothing but HTTP", here, tmp_path)
    assert (json.loads(waited)["status"], json.loads(waited)["result"]) == ("completed", {"sum": 6})
    assert json.loads(once)["jobId"] != json.loads(waited)["id"]
    assert json.loads(checked) == {"message": "The job is valid; nothing was submitted"}
    assert "event: completed" in events
    listed, failed = map(json.loads, read)
    assert all(set(job) == {"id", "completedAt"} for job in listed["jobs"])
    assert json.loads(waited)["id"] in {job["id"] for job in listed["jobs"]}
    assert failed["errors"] == []
    assert json.loads(openapi)["openapi"].startswith("3.1")
    again = await paste("Nothing but HTTP", here, tmp_path)
    assert again[1] == once


async def test_the_command_and_the_client_work_as_pasted(here: str, tmp_path: Path) -> None:
    section = SECTIONS["From Python, or a shell"]
    (shell,), (python,) = (re.findall(rf"```{language}\n(.*?)```", section, re.DOTALL) for language in ("sh", "python"))
    commands = [line.partition("#")[0].split(maxsplit=1)[1] for line in shell.strip().splitlines()]
    ran = []
    for program in [*(f'"{sys.executable}" -m dmps {command}' for command in commands), f'"{sys.executable}" -']:
        process = await asyncio.create_subprocess_exec(
            *("sh", "-c", program),
            env=environment(DMPS_URL=f"http://{here}"),
            cwd=tmp_path,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        output, _ = await process.communicate(python.encode() if program.endswith(" -") else None)
        ran.append((process.returncode, output.decode()))
    (diagnosed, found), (submitted, result), (listed, jobs), (filed, files), (run, printed) = ran
    assert "workers" in found
    assert diagnosed == 1  # the tests' store is not durable
    assert (submitted, json.loads(result)) == (0, {"sum": 6})
    assert (listed, json.loads(jobs)["status"]) == (0, "completed")
    assert (filed, files) == (0, "No files: `dmps upload FILE` stores one.\n")
    assert (run, printed.splitlines()[-1]) == (0, "{'sum': 6}")


async def test_queues_and_types_are_controlled(here: str, tmp_path: Path) -> None:
    limits, queues, workers = await paste("In control", here, tmp_path)
    assert json.loads(limits)["paused"] is True
    assert json.loads(queues)["queues"][0]["name"] == "default"
    assert len(json.loads(workers)["workers"]) == 1
