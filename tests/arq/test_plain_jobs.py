"""Plain arq jobs beside ours, in arq's default queue, as an arq client sees them."""

from collections.abc import Callable
from subprocess import Popen

import pytest
from arq import ArqRedis
from arq.jobs import Job as ArqJob
from arq.jobs import JobStatus
from arq.worker import JobExecutionFailed

from shared.job import Job
from shared.store import Store
from tests.arq.client import enqueue, in_status, noted, result
from tests.arq.ours import completed, scripted
from tests.waiting import until

QUEUE = "arq:queue"
Worker = Popen[bytes]


async def test_a_plain_function_runs_beside_our_jobs(
    client: ArqRedis, shared_worker: Worker, store: Store, new_job: Callable[..., Job]
) -> None:
    ours = scripted(store, new_job, do="return", value=1)
    await store.submit([ours])
    plain = await enqueue(client, "add", 1, b=2, _job_id="plain")
    assert await result(plain) == 3
    await completed(store, ours)
    info = await plain.result_info()
    assert info is not None
    assert (info.function, info.args, info.kwargs) == ("add", (1,), {"b": 2})
    assert (info.queue_name, info.job_id, info.job_try, info.success) == (QUEUE, "plain", 1, True)
    assert await plain.status() is JobStatus.complete
    assert await client.keys("arq:*plain*") == [b"arq:result:plain"]
    assert await client.zcard(QUEUE) == 0


async def test_a_job_that_waits_for_a_slot_is_queued_and_can_be_waited_for(
    client: ArqRedis, shared_worker: Worker
) -> None:
    for _ in range(2):
        await in_status(await enqueue(client, "nap", 1.5), JobStatus.in_progress)
    waiting = await enqueue(client, "add", 1, _job_id="waiting")

    async def made_room() -> bool:
        return (await client.zscore(QUEUE, "waiting") or 0) < 0

    await until(made_room, "the claim that makes it stand aside")
    assert await waiting.status() is JobStatus.queued
    assert [job.job_id for job in await client.queued_jobs() if job.function == "add"] == ["waiting"]
    assert await result(waiting) == 1


async def test_a_deferred_job_is_deferred_and_runs_when_it_is_due(client: ArqRedis, shared_worker: Worker) -> None:
    await result(await enqueue(client, "add", 1))
    job = await enqueue(client, "add", 1, _defer_by=1)
    assert await job.status() is JobStatus.deferred
    assert await result(job) == 1
    info = await job.result_info()
    assert info is not None
    assert 0.95 < (info.start_time - info.enqueue_time).total_seconds() < 1.6


@pytest.mark.parametrize("defer", [None, 0.8])
async def test_a_retry_runs_again_after_its_delay_and_knows_when_it_was_due(
    client: ArqRedis, shared_worker: Worker, defer: float | None
) -> None:
    job = await enqueue(client, "again", defer)
    await noted(client, "again")
    if defer:
        await in_status(job, JobStatus.deferred)
    job_try, score = await result(job)
    (first_due, first_run), (due, run) = [map(int, note.split()[1:]) for note in await noted(client, "again", 2)]
    assert (job_try, score) == (2, due)
    assert due - first_run == pytest.approx(defer * 1000, abs=200) if defer else due == first_due
    assert run - first_run == pytest.approx((defer or 0) * 1000, abs=1500)


async def test_abort_ends_a_running_job(client: ArqRedis, shared_worker: Worker) -> None:
    job = await enqueue(client, "nap", 60)
    await in_status(job, JobStatus.in_progress)
    assert await job.abort(timeout=10, poll_delay=0.02)
    assert await client.zcard(QUEUE) == 0


async def test_abort_keeps_a_job_that_is_due_in_an_hour_from_running(client: ArqRedis, shared_worker: Worker) -> None:
    job = await enqueue(client, "nap", 60, _defer_by=3600)
    assert await job.abort(timeout=10, poll_delay=0.02)
    assert await client.exists("notes") == 0


async def test_abort_keeps_a_job_that_waits_for_a_slot_from_running(client: ArqRedis, shared_worker: Worker) -> None:
    for _ in range(2):
        await in_status(await enqueue(client, "nap", 1.5), JobStatus.in_progress)
    assert await (await enqueue(client, "add", 1)).abort(timeout=10, poll_delay=0.02)


@pytest.mark.parametrize(
    ("kind", "error", "words"),
    [
        ("value", ValueError, "('wrong', 3)"),
        ("mail", JobExecutionFailed, "MailError: returned"),
        ("exit", JobExecutionFailed, r"SystemExit\(3\)"),
    ],
)
async def test_the_error_of_a_job_is_raised_again_and_ends_that_job_alone(
    client: ArqRedis, shared_worker: Worker, kind: str, error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        await result(await enqueue(client, "fail", kind))
    assert await result(await enqueue(client, "add", 1)) == 1
    assert shared_worker.poll() is None


async def test_a_job_that_enqueues_another_uses_the_same_queue(client: ArqRedis, shared_worker: Worker) -> None:
    inner = await result(await enqueue(client, "nest"))
    assert await result(ArqJob(inner, client, _deserializer=client.job_deserializer)) == 42


async def test_a_job_that_has_expired_is_told_so(client: ArqRedis, shared_worker: Worker) -> None:
    job = await enqueue(client, "add", 1, _defer_by=0.5)
    await client.delete(f"arq:job:{job.job_id}")
    with pytest.raises(JobExecutionFailed, match="job expired"):
        await result(job)


async def test_limits_of_a_function_hold(client: ArqRedis, shared_worker: Worker) -> None:
    job = await enqueue(client, "once", 60)

    async def gone() -> bool:
        return await job.status() is JobStatus.not_found

    await until(gone, "the timeout of a job that keeps no result")
    assert await noted(client, "nap") == ["nap 1"]


async def test_a_blocked_event_loop_does_not_lose_the_lease_of_a_plain_job(
    client: ArqRedis, shared_worker: Worker
) -> None:
    left = await result(await enqueue(client, "block", 5))
    assert 7500 < left <= 10_000  # ms: renewed while the loop was blocked


async def test_a_job_written_with_pickle_is_refused_and_not_read(client: ArqRedis, shared_worker: Worker) -> None:
    client.job_serializer = None  # arq's default, which is pickle
    with pytest.raises(JobExecutionFailed, match="DeserializationError"):
        await result(await enqueue(client, "add", 1))
    assert shared_worker.poll() is None
