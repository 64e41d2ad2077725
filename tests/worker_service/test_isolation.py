"""Child processes, real ones, without a worker and without a store."""

import asyncio
import json
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest
from msgspec import Raw

from shared import lifecycle
from shared.files import FileStore
from shared.job import Job
from tests.scripted.processors import scripted_child
from worker_service import runner
from worker_service.failures import AttemptFailed
from worker_service.isolation import Children
from worker_service.processors import JobContext

MiB = 1024 * 1024
MEMORY = 1024 * MiB
NOW = 1_700_000_000_000
RETURN = {"do": "return", "value": 1}
SLEEP = {"do": "sleep", "seconds": 60}

Start = Callable[[int], Awaitable[Children]]
Run = Callable[..., Coroutine[Any, Any, int]]


@pytest.fixture
async def start(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> AsyncIterator[Start]:
    """Starts so many children, and waits until they are ready."""
    monkeypatch.setenv("DMPS_PLUGINS", "tests.scripted")
    monkeypatch.setenv("DMPS_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("DMPS_CHILD_MEMORY", str(MEMORY))
    started: list[Children] = []

    async def begin(count: int) -> Children:
        changed = asyncio.Event()
        started.append(children := Children(count, changed.set))
        children.start()
        while not children.complete:
            await changed.wait()
            changed.clear()
        return children

    yield begin
    for children in started:
        await children.close()


@pytest.fixture
def run(new_job: Callable[..., Job], tmp_path: Path) -> Run:
    """Has a step done, and answers in which process."""
    ledger = tmp_path / "ledger"

    async def perform(children: Children, step: dict[str, Any], told: Any = lambda _: None, **facts: Any) -> int:
        payload = Raw(json.dumps({"attempts": [step], "ledger": str(ledger)}).encode())
        job = lifecycle.claim(new_job(now=NOW, type="scripted-child", payload=payload, **facts), "w", NOW)
        context = JobContext(id=job.id, type=job.type, attempt=1, files=FileStore(tmp_path.as_uri()), emit=told)
        await children.perform(runner.Attempt(job, scripted_child, context))
        return next(int(line.split()[2]) for line in ledger.read_text().splitlines() if line.split()[0] == job.id)

    return perform


def pids(children: Children) -> set[int]:
    return {child.pid for child in children._all}


def loaded(pid: int) -> str:
    """The libraries of a process, among other things (proc(5))."""
    return Path(f"/proc/{pid}/maps").read_text()


def expendable(pid: int) -> int:
    """How gladly the kernel kills a process when memory runs out (proc(5))."""
    return int(Path(f"/proc/{pid}/oom_score_adj").read_text())


async def test_a_child_does_one_job_after_the_other(start: Start, run: Run) -> None:
    children = await start(1)
    assert {await run(children, RETURN) for _ in range(3)} == pids(children)


async def test_a_child_has_loaded_all_processors_before_its_first_job(start: Start) -> None:
    (pid,) = pids(await start(1))
    assert "libvips" in loaded(pid)


async def test_a_child_goes_first_when_the_memory_of_the_system_runs_out(start: Start) -> None:
    (child,) = (await start(1))._all
    assert expendable(child.pid) == 1000
    assert expendable(child._process.pid) == expendable(os.getpid())


async def test_a_timeout_kills_one_child_alone(start: Start, run: Run) -> None:
    children = await start(2)
    neighbour = asyncio.create_task(run(children, {"do": "sleep", "seconds": 1}))
    with pytest.raises(AttemptFailed, match=r"longer than its timeout of 0\.2 s"):
        await run(children, SLEEP, timeout=0.2)
    assert await neighbour in pids(children)


async def test_the_loss_of_a_child_is_an_event_that_no_timer_tells_of(
    start: Start, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    children = await start(1)
    (pid,) = pids(children)
    began = asyncio.Event()
    job = asyncio.create_task(run(children, {**SLEEP, "percent": 1}, lambda _: began.set()))
    await began.wait()
    loop = asyncio.get_running_loop()
    now = loop.time()
    monkeypatch.setattr(loop, "time", lambda: now)  # from here on no time passes, so no timer goes off
    os.kill(pid, signal.SIGKILL)
    with pytest.raises(AttemptFailed, match="signal SIGKILL"):
        await job
    assert await run(children, RETURN) != pid


async def test_a_child_that_dies_while_it_is_idle_is_replaced_before_a_job_asks_for_it(start: Start, run: Run) -> None:
    children = await start(1)
    (child,) = children._all
    back = asyncio.Event()
    children._changed = back.set
    os.kill(child.pid, signal.SIGKILL)
    await child.end
    assert children.ready == 0
    await back.wait()
    assert {await run(children, RETURN)} == pids(children)


@pytest.mark.parametrize("left", [{"files": 200}, {"threads": 40}, {"bytes": 700 * MiB}], ids=str)
async def test_a_child_in_which_a_job_left_much_behind_is_replaced_before_the_next(
    start: Start, run: Run, left: dict[str, int]
) -> None:
    children = await start(1)
    pid = await run(children, {"do": "keep", **left})
    assert children.ready == 0
    assert await run(children, RETURN) != pid


async def test_a_child_in_which_no_more_file_can_be_opened_is_replaced(
    start: Start, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DMPS_CHILD_OPEN_FILES", "64")
    children = await start(1)
    (pid,) = pids(children)
    with pytest.raises(AttemptFailed, match="more files than its limit of 64"):
        await run(children, {"do": "keep", "files": 200})
    assert await run(children, RETURN) != pid


async def test_what_a_library_keeps_for_the_next_job_costs_no_child(start: Start, run: Run) -> None:
    children = await start(1)
    kept = {"do": "keep", "files": 10, "threads": 5, "bytes": 50 * MiB}
    assert {await run(children, kept) for _ in range(2)} == pids(children)


async def test_memory_that_goes_with_the_exception_of_a_job_costs_no_child(start: Start, run: Run) -> None:
    children = await start(1)
    (pid,) = pids(children)
    with pytest.raises(AttemptFailed, match="full"):
        await run(children, {"do": "fill", "bytes": 700 * MiB})
    assert await run(children, RETURN) == pid
