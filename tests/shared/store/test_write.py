"""Settling, retrying, cancelling, telling and expiring, against the real store."""

from typing import Any

import pytest
from msgspec import Raw
from msgspec.structs import replace

from shared import lifecycle
from shared.errors import IllegalTransition, JobNotFound
from shared.job import Job, Status
from shared.store import Change, JobFilter, Store, Tidings, keys
from shared.store.retention import expire
from tests.shared.store.claiming import ERROR, MakeJob, claim, lapse


async def test_a_settled_job_leaves_queue_and_lease_and_waits_for_its_retention(
    store: Store, redis: Any, submitted: Job
) -> None:
    (held,) = await claim(store)
    done = lifecycle.complete(held, Raw(b'{"sum":3}'), store.now())
    assert await store.write([Change(held, done)]) == [done]
    assert redis.zscore(keys.RETENTION, done.id) == done.expires_at
    assert redis.exists("arq:queue", keys.LEASES, f"arq:job:{done.id}", f"arq:in-progress:{done.id}") == 0
    assert redis.zrange(keys.index("default", "calculation", "completed"), 0, -1) == [done.id.encode()]
    assert redis.exists(keys.index("default", "calculation", "processing")) == 0


async def test_a_write_that_was_repeated_is_written_once_and_answered_the_same(store: Store, submitted: Job) -> None:
    (held,) = await claim(store)
    change = Change(held, lifecycle.complete(held, Raw(b"1"), store.now()))
    assert await store.write([change]) == [change.job]
    assert await store.write([change]) == [change.job]


async def test_a_late_attempt_is_refused_and_gets_the_record_that_stands(
    store: Store, redis: Any, submitted: Job
) -> None:
    (late,) = await claim(store)
    await lapse(store, redis, submitted)
    (current,) = await claim(store, "w2")
    assert current.fence == late.fence + 1
    (answer,) = await store.write([Change(late, lifecycle.complete(late, Raw(b"1"), store.now()))])
    assert answer == (await store.view("default", submitted.id)).job == replace(current, attempts=())


async def test_a_retrying_job_is_due_after_its_delay_and_keeps_its_fence(
    store: Store, redis: Any, submitted: Job
) -> None:
    (held,) = await claim(store)
    retrying = lifecycle.fail(held, ERROR, store.now(), delay=20)
    await store.write([Change(held, retrying)])
    assert redis.zscore("arq:queue", submitted.id) == retrying.run_at
    assert redis.zcard(keys.LEASES) == 0
    assert retrying.fence == held.fence


async def test_a_retried_job_is_queued_again_with_arqs_body(store: Store, redis: Any, submitted: Job) -> None:
    (held,) = await claim(store)
    await store.write([Change(held, lifecycle.reject(held, store.now(), ERROR))])
    again = await store.change("default", submitted.id, lambda job: lifecycle.retry(job, store.now()))
    assert again.status is Status.PENDING
    assert redis.exists(f"arq:job:{submitted.id}") == 1
    assert redis.zcard(keys.RETENTION) == 0
    assert [job.id for job in await claim(store)] == [submitted.id]


async def test_cancel_takes_a_waiting_job_out_of_the_queue_and_a_parked_one_too(
    store: Store, redis: Any, new_job: MakeJob
) -> None:
    waiting, parked = new_job(now=store.now()), new_job(now=store.now(), type="strange")
    await store.submit([waiting, parked])
    assert await claim(store, loop=("other",)) == []
    for job in (waiting, parked):
        cancelled = await store.change("default", job.id, lambda job: lifecycle.cancel(job, store.now()))
        assert cancelled.status is Status.CANCELLED
    assert redis.zcard("arq:queue") == redis.zcard(keys.parked("arq:queue", "strange")) == 0
    with pytest.raises(IllegalTransition):
        await store.change("default", waiting.id, lambda job: lifecycle.retry(job, store.now()))


async def test_a_change_that_lost_the_race_is_decided_anew(store: Store, submitted: Job) -> None:
    (held,) = await claim(store)
    calls = 0

    def change(job: Job) -> Job:
        nonlocal calls
        calls += 1
        return lifecycle.retry(job, store.now())

    stale = Change(submitted, lifecycle.cancel(submitted, store.now()))
    (answer,) = await store.write([stale])
    assert answer == held
    with pytest.raises(IllegalTransition):
        await store.change("default", submitted.id, change)
    assert calls == 1


async def test_what_a_job_tells_is_kept_only_under_its_own_fence(store: Store, redis: Any, submitted: Job) -> None:
    (held,) = await claim(store)
    await store.tell(
        [
            Tidings(held.id, held.fence, b'{"percent":50.0,"message":"half"}', ("one", "two")),
            Tidings(held.id, held.fence - 1, b'{"percent":1.0}', ("late",)),
        ]
    )
    progress = (await store.view("default", held.id)).progress
    assert progress is not None
    assert (progress.percent, progress.message) == (50.0, "half")
    assert redis.lrange(keys.LOG + held.id, 0, -1) == [b"one", b"two"]


async def test_retention_removes_a_finished_job_and_every_trace_of_it(
    store: Store, redis: Any, new_job: MakeJob
) -> None:
    gone, kept = new_job(now=store.now(), tags=["blue"], keep_for=0.0), new_job(now=store.now(), tags=["blue"])
    await store.submit([gone, kept])
    for held in await claim(store):
        await store.tell([Tidings(held.id, held.fence, b'{"percent":1.0}', ("line",))])
        await store.write([Change(held, lifecycle.complete(held, Raw(b"1"), store.now()))])
    with pytest.raises(JobNotFound):
        await store.view("default", gone.id)
    assert (await expire(store.link)).removed == 1
    assert [key for key in redis.scan_iter() if gone.id.encode() in key] == []
    page = await store.page("default", JobFilter(tags=("blue",)))
    assert [view.job.id for view in page.jobs] == [kept.id]
    assert [view.job.id for view in (await store.page("default", JobFilter())).jobs] == [kept.id]
