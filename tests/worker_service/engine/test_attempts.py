"""How attempts end, on the loop and in children, under the real `arq` command."""

from pathlib import Path
from typing import Any

import pytest

from shared.job import Job, Outcome, Status
from shared.retry import RetryPolicy
from shared.store import Store, keys
from tests.processes import Fleet
from tests.waiting import until
from tests.worker_service.engine.observing import RETURN, SLEEP, Submit, finished, runs


@pytest.mark.parametrize("type", ["scripted", "scripted-child"])
@pytest.mark.parametrize(
    ("attempts", "outcomes", "code"),
    [
        ([RETURN], [Outcome.COMPLETED], None),
        ([{"do": "fail"}, RETURN], [Outcome.FAILED, Outcome.COMPLETED], None),
        ([{"do": "fail"}], [Outcome.FAILED] * 3, "exception"),
        ([{"do": "reject"}], [Outcome.FAILED], "rejected"),
        ([{"do": "retry_later", "after": 0.05}, RETURN], [Outcome.FAILED, Outcome.COMPLETED], None),
        ([{"do": "retry_later"}, RETURN], [Outcome.FAILED, Outcome.COMPLETED], None),
        ([{"do": "snooze", "after": 0.05}] * 4 + [RETURN], [Outcome.SNOOZED] * 4 + [Outcome.COMPLETED], None),
        ([{"do": "throw", "error": "KeyError"}], [Outcome.FAILED], "exception"),
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


@pytest.mark.parametrize("type", ["scripted", "scripted-child"])
async def test_the_policy_of_an_errors_class_goes_before_that_of_the_job(
    store: Store, submit: Submit, shared_worker: Fleet, type: str
) -> None:
    slow = RetryPolicy(kind="fixed", delay=3_600.0, jitter=False)
    by_class, other = [
        await submit({"do": "throw", "error": error}, RETURN, type=type, backoff=slow)
        for error in ("IndexError", "ValueError")
    ]
    assert (await finished(store, by_class)).status is Status.COMPLETED

    async def waits() -> Job | None:
        job = (await store.view("default", other.id)).job
        return job if job.status is Status.RETRYING else None

    waiting = await until(waits, "the job that waits as its own policy says")
    assert waiting.run_at == waiting.attempts[0].ended_at + 3_600_000


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
        return not runs(pid)

    await until(gone, "the end of the child's own process")


async def test_a_timeout_on_the_loop_is_retried(store: Store, submit: Submit, shared_worker: Fleet) -> None:
    job = await finished(store, await submit(SLEEP, RETURN, timeout=0.2))
    assert [attempt.error.code for attempt in job.attempts if attempt.error] == ["timeout"]
    assert job.status is Status.COMPLETED


@pytest.mark.parametrize("type", ["scripted", "scripted-child"])
async def test_progress_is_seen_while_the_jobruns(
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


async def test_a_delayed_job_starts_when_it_is_due(store: Store, submit: Submit, shared_worker: Fleet) -> None:
    job = await submit(RETURN, run_at=store.now() + 700)
    done = await finished(store, job)
    assert done.started_at is not None
    assert 0 <= done.started_at - job.run_at < 250
