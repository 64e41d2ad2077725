"""Submitting, and what all scripts must bear: forgotten scripts, a full memory, foreign records."""

import json
from typing import Any

import pytest
from msgspec import Raw

from shared import lifecycle
from shared.errors import JobNotFound, StoreUnavailable
from shared.job import FINISHED, Job
from shared.store import Change, Store, keys
from tests.shared.store.claiming import MakeJob, claim, renew


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


@pytest.mark.parametrize("place", ["arq:queue", keys.LEASES, keys.parked("arq:queue", "calculation")])
async def test_a_record_of_another_kind_of_key_costs_only_itself(
    store: Store, redis: Any, submitted: Job, place: str
) -> None:
    renew(redis)
    redis.rpush(keys.JOB + "strange", "not a string")
    redis.zadd(place, {"strange": 1})
    redis.sadd(keys.ASIDE, keys.parked("arq:queue", "calculation"))
    assert [job.id for job in await claim(store)] == [submitted.id]
    assert [redis.zscore(key, "strange") for key in ("arq:queue", keys.LEASES, place)] == [None] * 3


async def test_a_lease_whose_record_is_another_kind_of_key_is_lost_alone(
    store: Store, redis: Any, new_job: MakeJob
) -> None:
    await store.submit([new_job(now=store.now()), new_job(now=store.now())])
    bad, good = await claim(store)
    redis.delete(keys.JOB + bad.id)
    redis.rpush(keys.JOB + bad.id, "not a string")
    assert renew(redis, "w1", bad, good) == [bad.id.encode(), bad.fence]


@pytest.mark.parametrize(
    "key", [keys.index("default", "calculation", "pending"), keys.parked("arq:queue", "calculation")]
)
async def test_an_index_of_another_kind_of_key_costs_only_itself(
    store: Store, redis: Any, new_job: MakeJob, key: str
) -> None:
    redis.set(key, "not a sorted set")
    job = new_job(now=store.now() - 1_000)
    await store.submit([job])
    assert await claim(store, loop=("other",)) == []
    (held,) = await claim(store)
    done = lifecycle.complete(held, Raw(b"1"), store.now())
    assert await store.write([Change(held, done)]) == [done]
    assert redis.get(key) == b"not a sorted set"


@pytest.mark.parametrize("key", [keys.CLAIM + "w1", keys.BELL + "default"])
async def test_what_only_helps_may_be_another_kind_of_key(store: Store, redis: Any, new_job: MakeJob, key: str) -> None:
    redis.sadd(key, "not what it was")
    await store.submit([new_job(now=store.now())])
    assert len(await claim(store, "w1")) == 1


async def test_without_a_queue_that_is_one_nothing_is_accepted(store: Store, redis: Any, new_job: MakeJob) -> None:
    redis.set("arq:queue", "not a sorted set")
    with pytest.raises(StoreUnavailable):
        await store.submit([new_job(now=store.now())])
