"""Submitting, and what all scripts must bear: forgotten scripts, a full memory, foreign records."""

import json
from typing import Any

import pytest
from msgspec import Raw

from shared import lifecycle
from shared.errors import JobNotFound, StoreUnavailable
from shared.job import FINISHED, Job
from shared.store import Change, Store, keys
from tests.shared.store.claiming import MakeJob, claim


async def test_a_submitted_job_is_read_back_as_it_was(store: Store, submitted: Job) -> None:
    assert (await store.view("default", submitted.id)).job == submitted


async def test_a_job_of_another_tenant_is_not_found(store: Store, submitted: Job) -> None:
    with pytest.raises(JobNotFound):
        await store.view("other", submitted.id)


async def test_a_job_stands_in_arqs_queue_with_a_body_that_arq_can_read(redis: Any, submitted: Job) -> None:
    assert redis.zscore("arq:queue", submitted.id) == submitted.run_at
    body = json.loads(redis.get(f"arq:job:{submitted.id}") or b"")
    assert (body["f"], body["a"], body["k"]) == ("dmps", [], {})


async def test_submitting_the_same_job_again_changes_nothing(store: Store, redis: Any, submitted: Job) -> None:
    (claimed,) = await claim(store)
    await store.submit([submitted])
    assert (await store.view("default", submitted.id)).job == claimed
    assert redis.zcard("arq:queue") == 1


async def test_scripts_that_the_store_forgot_are_loaded_again(store: Store, redis: Any, new_job: MakeJob) -> None:
    await store.submit([new_job()])
    redis.script_flush()
    await store.submit([new_job()])
    redis.script_flush()
    assert len(await claim(store)) == 2


async def test_jobs_are_settled_while_the_memory_is_full_but_none_is_accepted(
    store: Store, redis: Any, submitted: Job, new_job: MakeJob
) -> None:
    redis.config_set("maxmemory", 1)
    try:
        with pytest.raises(StoreUnavailable):
            await store.submit([new_job()])
        (held,) = await claim(store)
        done = lifecycle.complete(held, Raw(b"1"), store.now())
        assert await store.write([Change(held, done)]) == [done]
    finally:
        redis.config_set("maxmemory", 0)
    assert done.status in FINISHED


async def test_a_record_that_something_else_wrote_harms_nothing(store: Store, redis: Any, submitted: Job) -> None:
    record = redis.get(keys.JOB + submitted.id)
    broken = submitted.id[:-1] + ("0" if submitted.id[-1] != "0" else "1")
    redis.set(keys.JOB + broken, record.replace(b'"payload":', b'"payload":\x80pickle'))
    redis.zadd("arq:queue", {broken: 1})
    redis.set(keys.JOB + "nonsense", b"\x80\x04nonsense")
    redis.zadd("arq:queue", {"nonsense": 1})
    assert [job.id for job in await claim(store)] == [submitted.id]
    with pytest.raises(JobNotFound):
        await store.view("default", broken)
