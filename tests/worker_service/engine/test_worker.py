"""The worker under the real `arq` command, on a real store: how attempts end, and what happens to workers."""

import asyncio
import json
import os
import pickle
import signal
import subprocess
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from msgspec import Raw

from shared.embedded import EmbeddedStore
from shared.job import FINISHED, Job, Outcome, Status
from shared.store import Store, WorkerInfo, keys
from tests.processes import WORKER, Fleet
from tests.waiting import until

Submit = Callable[..., Any]
RETURN = {"do": "return", "value": 1}
SLEEP = {"do": "sleep", "seconds": 60}
RECOVERY = 12.0  # seconds: promise P3


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    return tmp_path / "ledger"


@pytest.fixture
def submit(store: Store, new_job: Callable[..., Job], ledger: Path) -> Submit:
    async def send(*attempts: dict[str, Any], type: str = "scripted", **facts: Any) -> Job:
        payload = Raw(json.dumps({"attempts": attempts, "ledger": str(ledger)}).encode())
        job = new_job(now=store.now(), type=type, payload=payload, **facts)
        await store.submit([job])
        return job

    return send


async def finished(store: Store, job: Job, within: float = 20.0) -> Job:
    async def look() -> Job | None:
        current = (await store.view(job.tenant, job.id)).job
        return current if current.status in FINISHED else None

    return await until(look, f"the end of {job.id}", within)


async def in_status(store: Store, job: Job, status: Status, within: float = 20.0) -> Job:
    async def look() -> Job | None:
        current = (await store.view(job.tenant, job.id)).job
        return current if current.status is status else None

    return await until(look, f"{job.id} {status}", within)


async def alive(store: Store, *workers: "subprocess.Popen[bytes]") -> list[WorkerInfo]:
    async def look() -> list[WorkerInfo] | None:
        infos = [info for info in await store.workers() if info.pid in {worker.pid for worker in workers}]
        return infos if len(infos) == len(workers) else None

    return await until(look, f"{len(workers)} workers")


def lines(ledger: Path) -> Sequence[str]:
    return ledger.read_text().splitlines() if ledger.exists() else []


async def written(ledger: Path, count: int) -> Sequence[str]:
    async def look() -> Sequence[str] | None:
        return lines(ledger) if len(lines(ledger)) >= count else None

    return await until(look, f"{count} lines in the ledger")


async def ended(process: "subprocess.Popen[bytes]", within: float = 20.0) -> int:
    return await asyncio.to_thread(process.wait, within)


@pytest.mark.parametrize("type", ["scripted", "scripted-child"])
@pytest.mark.parametrize(
    ("attempts", "outcomes", "code"),
    [
        ([RETURN], [Outcome.COMPLETED], None),
        ([{"do": "fail"}, RETURN], [Outcome.FAILED, Outcome.COMPLETED], None),
        ([{"do": "fail"}], [Outcome.FAILED] * 3, "exception"),
        ([{"do": "reject"}], [Outcome.FAILED], "rejected"),
        ([{"do": "retry_later", "after": 0.05}, RETURN], [Outcome.FAILED, Outcome.COMPLETED], None),
        ([{"do": "exit"}], [Outcome.FAILED] * 3, "exception"),
        ([{"do": "cancel_itself"}, RETURN], [Outcome.FAILED, Outcome.COMPLETED], None),
        ([{"do": "not_json"}], [Outcome.FAILED], "invalid_result"),
        ([{"do": "large", "bytes": 33 * 1024 * 1024}], [Outcome.FAILED], "invalid_result"),
        ([{"do": "surrogate"}, RETURN], [Outcome.FAILED, Outcome.COMPLETED], None),
        ([{"do": "mute"}, RETURN], [Outcome.FAILED, Outcome.COMPLETED], None),
    ],
    ids=lambda value: value[0]["do"] if isinstance(value, list) and isinstance(value[0], dict) else "",
)
async def test_an_attempt_ends_as_its_processor_says(
    store: Store, submit: Submit, shared_worker: Fleet, type: str, attempts: Any, outcomes: Any, code: str | None
) -> None:
    job = await finished(store, await submit(*attempts, type=type))
    assert [attempt.outcome for attempt in job.attempts] == outcomes
    assert [attempt.number for attempt in job.attempts] == list(range(1, len(outcomes) + 1))
    assert (job.error.code if job.error else None) == code
    assert job.status is (Status.FAILED if code else Status.COMPLETED)


@pytest.fixture
async def shared_worker(store: Store, processes: Fleet) -> Fleet:
    await alive(store, processes.start())
    return processes


@pytest.mark.parametrize(
    ("step", "code", "words"),
    [
        ({"do": "die"}, "crashed", "exit status 7"),
        ({"do": "crash"}, "crashed", "SIGSEGV"),
        ({"do": "hog"}, "memory_limit", "memory"),
        ({"do": "sleep", "seconds": 60}, "timeout", "timeout of 0.5 s"),
    ],
    ids=lambda value: value["do"] if isinstance(value, dict) else "",
)
async def test_a_child_that_ends_badly_costs_its_own_attempt_and_is_replaced(
    store: Store, submit: Submit, shared_worker: Fleet, step: Any, code: str, words: str
) -> None:
    neighbour = await submit({"do": "sleep", "seconds": 1})
    bad = await submit(step, RETURN, type="scripted-child", timeout=0.5)
    done = await finished(store, bad)
    first = done.attempts[0].error
    assert done.status is Status.COMPLETED
    assert first is not None
    assert first.code == code
    assert words in first.message
    assert (await finished(store, neighbour)).status is Status.COMPLETED


async def test_a_killed_child_takes_its_own_processes_with_it(
    store: Store, submit: Submit, shared_worker: Fleet, tmp_path: Path
) -> None:
    pid_file = tmp_path / "pid"
    step = {"do": "spawn", "pid_file": str(pid_file)}
    await finished(store, await submit(step, type="scripted-child", timeout=1.0, max_attempts=1))
    pid = int(pid_file.read_text())

    async def gone() -> bool:
        return not _runs(pid)

    await until(gone, "the end of the child's own process")


async def test_a_timeout_on_the_loop_is_retried(store: Store, submit: Submit, shared_worker: Fleet) -> None:
    job = await finished(store, await submit(SLEEP, RETURN, timeout=0.2))
    assert [attempt.error.code for attempt in job.attempts if attempt.error] == ["timeout"]
    assert job.status is Status.COMPLETED


async def test_a_job_of_a_killed_worker_is_completed_by_another_within_seconds(
    store: Store, submit: Submit, processes: Fleet, ledger: Path
) -> None:
    victim = processes.start()
    await alive(store, victim)
    job = await submit(SLEEP, RETURN)
    child = await submit(SLEEP, RETURN, type="scripted-child")
    pids = [int(line.split()[2]) for line in await written(ledger, 2)]
    await alive(store, processes.start())
    victim.kill()
    for lost in (job, child):
        done = await finished(store, lost, RECOVERY)
        assert [attempt.outcome for attempt in done.attempts] == [Outcome.LOST, Outcome.COMPLETED]
        assert (done.failures, done.losses) == (0, 1)
    assert victim.pid in pids
    (child_pid,) = set(pids) - {victim.pid}

    async def child_is_gone() -> bool:
        return not _runs(child_pid)

    await until(child_is_gone, "the end of the killed worker's child")


async def test_a_job_that_is_lost_with_its_worker_three_times_fails_as_crashed(
    store: Store, submit: Submit, processes: Fleet, redis: Any, ledger: Path
) -> None:
    job = await submit(SLEEP)
    for number in (1, 2, 3):
        worker = processes.start()
        await written(ledger, number)
        worker.kill()
        worker.wait()
        redis.zadd(keys.LEASES, {job.id: 1})  # its lease is over at once, so that the test need not wait for it
    processes.start()
    done = await finished(store, job)
    assert done.error is not None
    assert (done.status, done.error.code) == (Status.FAILED, "crashed")
    assert [attempt.outcome for attempt in done.attempts] == [Outcome.LOST] * 3
    assert len(lines(ledger)) == 3


async def test_sigterm_lets_a_job_end_and_takes_no_new_one(
    store: Store, submit: Submit, processes: Fleet, ledger: Path
) -> None:
    worker = processes.start()
    running = await submit({"do": "sleep", "seconds": 1})
    await written(ledger, 1)
    worker.terminate()

    async def draining() -> bool:
        return "draining" in processes.log(worker)

    await until(draining, "the drain")
    waiting = await submit(RETURN)
    assert await ended(worker) == 0
    assert (await finished(store, running)).status is Status.COMPLETED
    assert (await store.view("default", waiting.id)).job.status is Status.PENDING
    assert await store.workers() == []


@pytest.mark.parametrize("type", ["scripted", "scripted-child"])
async def test_what_cannot_end_in_the_drain_goes_back_and_costs_no_attempt(
    store: Store, submit: Submit, processes: Fleet, ledger: Path, redis: Any, type: str
) -> None:
    worker = processes.start(DMPS_DRAIN="0.2")
    job = await submit(SLEEP, RETURN, type=type, max_attempts=1)
    await written(ledger, 1)
    worker.terminate()
    assert await ended(worker) == 0
    back = (await store.view("default", job.id)).job
    assert (back.status, back.failures) == (Status.PENDING, 0)
    assert redis.zscore("arq:queue", job.id) == job.run_at
    processes.start()
    done = await finished(store, job)
    assert [attempt.outcome for attempt in done.attempts] == [Outcome.INTERRUPTED, Outcome.COMPLETED]


async def test_a_second_signal_ends_the_drain_at_once(
    store: Store, submit: Submit, processes: Fleet, ledger: Path
) -> None:
    worker = processes.start(DMPS_DRAIN="600")
    job = await submit(SLEEP)
    await written(ledger, 1)
    worker.terminate()

    async def draining() -> bool:
        return "draining" in processes.log(worker)

    await until(draining, "the drain")
    worker.terminate()
    assert await ended(worker) == 0
    assert (await store.view("default", job.id)).job.status is Status.PENDING


async def test_a_type_that_this_worker_does_not_know_waits_for_one_that_does(
    store: Store, submit: Submit, processes: Fleet
) -> None:
    await alive(store, processes.start(DMPS_PLUGINS=""))
    strange, known = await submit(RETURN), await submit(type="calculation")
    await finished(store, known)  # refused: its payload is not a calculation; but it was looked at, behind the other
    assert (await store.view("default", strange.id)).job.status is Status.PENDING
    processes.start()
    assert (await finished(store, strange)).status is Status.COMPLETED


async def test_a_blocked_event_loop_loses_no_lease(store: Store, submit: Submit, processes: Fleet) -> None:
    await alive(store, processes.start(), processes.start())
    job = await submit({"do": "block", "seconds": 12})
    done = await finished(store, job, within=30)
    assert [attempt.outcome for attempt in done.attempts] == [Outcome.COMPLETED]


async def test_a_paused_worker_loses_its_job_and_cannot_settle_it_any_more(
    store: Store, submit: Submit, processes: Fleet, ledger: Path, redis: Any
) -> None:
    paused = processes.start()
    job = await submit({"do": "sleep", "seconds": 0.5}, {"do": "return", "value": "mine"})
    await written(ledger, 1)
    paused.send_signal(signal.SIGSTOP)
    redis.zadd(keys.LEASES, {job.id: 1})
    processes.start()
    done = await finished(store, job)
    paused.send_signal(signal.SIGCONT)

    async def refused() -> bool:
        return "late result refused" in processes.log(paused) or "lease lost" in processes.log(paused)

    await until(refused, "the refusal of the late attempt")
    assert (await store.view("default", job.id)).job == done
    assert done.result == Raw(b'"mine"')


@pytest.mark.parametrize("type", ["scripted", "scripted-child"])
async def test_progress_is_seen_while_the_job_runs(
    store: Store, submit: Submit, shared_worker: Fleet, redis: Any, type: str
) -> None:
    job = await submit({"do": "sleep", "seconds": 1, "percent": 40}, type=type)

    async def progress() -> Any:
        view = await store.view("default", job.id)
        return view.job.status is Status.PROCESSING and view.progress

    told = await until(progress, "progress")
    assert (told.percent, told.message) == (40.0, "on the way")

    async def log() -> Any:
        return redis.lrange(keys.LOG + job.id, 0, -1)

    assert await until(log, "the line in the log") == [b"a line", b"caf\\udce9"]


async def test_retention_is_run_by_arqs_cron(store: Store, submit: Submit, shared_worker: Fleet, redis: Any) -> None:
    job = await submit(RETURN, keep_for=0.0)

    async def gone() -> Any:
        return redis.exists(keys.JOB + job.id) == 0

    await until(gone, "the end of the record")
    assert redis.zcard(keys.RETENTION) == 0


async def test_a_delayed_job_starts_when_it_is_due(store: Store, submit: Submit, shared_worker: Fleet) -> None:
    job = await submit(RETURN, run_at=store.now() + 700)
    done = await finished(store, job)
    assert done.started_at is not None
    assert 0 <= done.started_at - job.run_at < 250


async def test_many_jobs_on_several_workers_are_each_done_once(
    store: Store, submit: Submit, processes: Fleet, ledger: Path
) -> None:
    await alive(store, processes.start(), processes.start())
    jobs = [await submit(RETURN) for _ in range(300)]
    for job in jobs:
        assert (await finished(store, job)).status is Status.COMPLETED
    assert Counter(line.split()[0] for line in lines(ledger)) == Counter(job.id for job in jobs)


async def test_a_worker_ends_though_the_store_hangs(store: Store, processes: Fleet, server: EmbeddedStore) -> None:
    worker = processes.start(DMPS_DRAIN="1")
    await alive(store, worker)
    os.kill(server.pid, signal.SIGSTOP)
    try:
        worker.terminate()
        await ended(worker, within=60.0)
    finally:
        os.kill(server.pid, signal.SIGCONT)


@pytest.mark.parametrize("type", ["scripted", "scripted-child"])
async def test_burst_ends_when_there_is_nothing_left_to_do(
    store: Store, submit: Submit, processes: Fleet, type: str
) -> None:
    jobs = [await submit(RETURN, type=type) for _ in range(5)]
    assert await ended(processes.start((*WORKER, "--burst"))) == 0
    for job in jobs:
        assert (await store.view("default", job.id)).job.status is Status.COMPLETED


async def test_check_tells_whether_a_worker_lives(store: Store, processes: Fleet) -> None:
    assert await ended(processes.start((*WORKER, "--check"))) == 1
    await alive(store, processes.start())

    async def healthy() -> bool:
        return await ended(processes.start((*WORKER, "--check"))) == 0

    await until(healthy, "a healthy worker")


async def test_a_worker_with_wrong_settings_says_which_and_does_not_start(processes: Fleet) -> None:
    worker = processes.start(DMPS_CHILDREN="none", DMPS_DRAIN="-1")
    assert await ended(worker) == 1
    assert "DMPS_CHILDREN" in processes.log(worker)
    assert "DMPS_DRAIN" in processes.log(worker)
    assert "Traceback" not in processes.log(worker)


class Exploit:
    """Unpickling it would make a file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self._path,)


async def test_nothing_from_the_store_is_unpickled(
    store: Store, submit: Submit, shared_worker: Fleet, redis: Any, tmp_path: Path
) -> None:
    pwned = tmp_path / "pwned"
    redis.set("arq:job:evil", pickle.dumps({"t": 1, "f": "x", "a": (Exploit(pwned),), "k": {}, "et": 1}))
    redis.zadd("arq:queue", {"evil": 1})  # without a record: taken for a plain arq job

    async def given_up() -> Any:
        return redis.exists("arq:job:evil") == 0

    await until(given_up, "arq's refusal")
    assert not pwned.exists()
    assert (await finished(store, await submit(RETURN))).status is Status.COMPLETED


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except (ProcessLookupError, FileNotFoundError):
        return False
