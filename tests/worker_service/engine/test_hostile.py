"""Jobs of every hostile kind on a real worker, beside innocent ones; and what is left when that worker is killed."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from msgspec import Raw

from shared.job import Job, Status
from shared.store import Store
from tests.processes import Fleet
from tests.waiting import until
from tests.worker_service.engine.observing import Submit, alive, finished, lines, runs, written

KINDS = {
    "spin": "cpu_limit",
    "spin_elsewhere": "cpu_limit",
    "swallow": "timeout",
    "hog": "memory_limit",
    "hog_shared_memory": "memory_limit",
    "abort": "memory_limit",
    "open_many": "open_files_limit",
    "write": "file_size_limit",
    "flood": "output_limit",
    "bomb": "processes_limit",
    "segfault": "crashed",
    "leave": "crashed",
    "kill_group": "crashed",
    "kill_warden": "crashed",
    "leave_a_daemon_and_crash": "crashed",
}
TOO_MUCH = 2 * 1024 * 1024  # bytes


@pytest.fixture
def pid_file(tmp_path: Path) -> Path:
    return tmp_path / "pids"


@pytest.fixture
def submit(store: Store, new_job: Callable[..., Job], pid_file: Path) -> Submit:
    async def send(type: str, what: str, **facts: Any) -> Job:
        payload = Raw(json.dumps({"do": what, "pid_file": str(pid_file), "bytes": TOO_MUCH}).encode())
        job = new_job(now=store.now(), type=type, payload=payload, max_attempts=1, **facts)
        await store.submit([job])
        return job

    return send


async def all_gone(pid_file: Path) -> None:
    pids = [int(line) for line in lines(pid_file)]

    async def gone() -> bool:
        return not any(map(runs, pids))

    await until(gone, "the end of all processes that jobs have started")


async def test_hostile_jobs_of_every_kind_harm_none_of_the_innocent_beside_them(
    store: Store, submit: Submit, processes: Fleet, pid_file: Path
) -> None:
    worker = processes.start(DMPS_PLUGINS="tests.hostile", DMPS_CHILDREN="2")
    await alive(store, worker)
    hostile, innocent = {}, []
    for kind in KINDS:
        innocent.append(await submit("innocent", "pid"))
        hostile[kind] = await submit("hostile", kind, timeout=2.0 if kind == "swallow" else 60.0)
    innocent.append(await submit("innocent", "pid"))
    ended = {kind: await finished(store, job, within=60) for kind, job in hostile.items()}
    assert {kind: job.error and job.error.code for kind, job in ended.items()} == KINDS
    for job in innocent:
        done = await finished(store, job)
        assert (done.status, len(done.attempts)) == (Status.COMPLETED, 1)
    await all_gone(pid_file)
    assert "memory allocation of 1073741824 bytes failed" in processes.log(worker)
    assert worker.poll() is None


async def test_what_jobs_have_started_dies_with_a_killed_worker(
    store: Store, submit: Submit, processes: Fleet, pid_file: Path
) -> None:
    worker = processes.start(DMPS_PLUGINS="tests.hostile")
    await submit("innocent", "leave_a_daemon_and_wait")

    (daemon,) = await written(pid_file, 1)
    assert runs(int(daemon))
    worker.kill()
    worker.wait()
    await all_gone(pid_file)
