"""The claim script against the real store, held against the pure lifecycle."""

from typing import Any

import pytest
from msgspec.structs import replace

from shared import lifecycle
from shared.job import Job, Status
from shared.store import Change, Store, keys
from tests.shared.store.claiming import ERROR, MakeJob, claim, lapse, request


async def test_the_claim_script_writes_what_the_lifecycle_says(store: Store, submitted: Job) -> None:
    _, claims = await store.write_and_claim([], request("host:1"))
    assert claims.jobs == [submitted]
    stored = (await store.view("default", submitted.id)).job
    assert stored == lifecycle.claim(submitted, "host:1", claims.now)


@pytest.mark.parametrize("status", list(Status))
async def test_the_claim_script_claims_from_exactly_the_statuses_of_the_table(
    store: Store, redis: Any, new_job: MakeJob, status: Status
) -> None:
    job = replace(new_job(now=store.now() - 1_000), status=status)
    await store.submit([job])
    redis.zadd("arq:queue", {job.id: 1})
    assert len(await claim(store)) == (status in lifecycle.TRANSITIONS["claim"])


async def test_a_claimed_job_cannot_be_claimed_while_its_lease_holds(store: Store, redis: Any, submitted: Job) -> None:
    assert len(await claim(store)) == 1
    redis.zadd("arq:queue", {submitted.id: 1})  # as arq's Job.abort does
    assert await claim(store, "w2") == []
    assert (redis.zscore("arq:queue", submitted.id) or 0) > store.now()


async def test_a_job_that_is_not_due_is_not_claimed_and_its_time_is_told(store: Store, new_job: MakeJob) -> None:
    now = store.now()
    job = new_job(now=now, run_at=now + 60_000)
    await store.submit([job])
    assert job.status is Status.SCHEDULED
    _, claims = await store.write_and_claim([], request())
    assert (claims.jobs, claims.next_due, claims.more) == ([], job.run_at, False)


async def test_a_lapsed_lease_comes_before_what_waits_longer(store: Store, redis: Any, new_job: MakeJob) -> None:
    lost = new_job(now=store.now())
    await store.submit([lost])
    await claim(store)
    await store.submit([new_job(now=store.now() - 1_000_000 + n) for n in range(20)])
    await lapse(store, redis, lost)
    _, claims = await store.write_and_claim([], request("w2", slots=1))
    assert [job.id for job in claims.jobs] == [lost.id]
    assert claims.jobs[0].worker == "w1"
    assert claims.more


async def test_a_type_that_nobody_here_serves_waits_aside_and_hides_nothing(store: Store, new_job: MakeJob) -> None:
    strange = [new_job(now=store.now() - 5_000 + n, type="strange") for n in range(30)]
    known = new_job(now=store.now())
    await store.submit([*strange, known])
    assert [job.id for job in await claim(store, slots=5)] == [known.id]
    served = await claim(store, "w2", loop=("calculation", "strange"), slots=100)
    assert [job.id for job in served] == [job.id for job in strange]


async def test_a_lapsed_job_of_an_unserved_type_is_recovered_by_who_serves_it(
    store: Store, redis: Any, new_job: MakeJob
) -> None:
    job = new_job(now=store.now(), type="strange")
    await store.submit([job])
    await claim(store, loop=("strange",))
    await lapse(store, redis, job)
    assert await claim(store, "w2") == []
    _, claims = await store.write_and_claim([], request("w3", loop=("strange",)))
    assert [claimed.status for claimed in claims.jobs] == [Status.PROCESSING]


async def test_jobs_for_children_take_no_more_than_the_free_children(store: Store, new_job: MakeJob) -> None:
    heavy = [new_job(now=store.now() - 100 + n, type="heavy") for n in range(10)]
    light = [new_job(now=store.now()) for _ in range(3)]
    await store.submit([*heavy, *light])
    facts: dict[str, Any] = {"loop": ("calculation",), "child": ("heavy",)}
    first = await claim(store, children=2, **facts)
    assert [job.type for job in first] == ["heavy"] * 2 + ["calculation"] * 3
    assert [job.id for job in await claim(store, children=1, **facts)] == [heavy[2].id]


async def test_thousands_that_wait_aside_are_handed_out_whole(store: Store, redis: Any, new_job: MakeJob) -> None:
    jobs = [new_job(now=store.now() - 5_000 + n, type="strange") for n in range(3_000)]
    await store.submit(jobs)
    for _ in range(8):
        assert await claim(store, slots=10) == []
    assert redis.zcard(keys.parked("arq:queue", "strange")) == 3_000
    claimed = [job.id for _ in range(7) for job in await claim(store, "w2", loop=("strange",), slots=3_000)]
    assert claimed == [job.id for job in jobs]
    assert redis.zcard(keys.LEASES) == 3_000


async def test_of_the_types_that_wait_aside_the_oldest_job_comes_first(store: Store, new_job: MakeJob) -> None:
    now = store.now()
    order = ["b", "a", "b", "a", "a"]
    jobs = [new_job(now=now - 1_000 + n, type=type) for n, type in enumerate(order)]
    await store.submit(jobs)
    assert await claim(store) == []
    assert [job.type for job in await claim(store, "w2", loop=("a", "b"))] == order


async def test_a_lost_job_that_waits_for_a_child_comes_before_those_that_wait_longer(
    store: Store, redis: Any, new_job: MakeJob
) -> None:
    facts: dict[str, Any] = {"loop": (), "child": ("heavy",)}
    lost = new_job(now=store.now(), type="heavy")
    await store.submit([lost])
    await claim(store, children=1, **facts)
    await store.submit([new_job(now=store.now() - 9_000 + n, type="heavy") for n in range(50)])
    await lapse(store, redis, lost)
    assert await claim(store, "w2", children=0, **facts) == []
    assert [job.id for job in await claim(store, "w2", children=1, **facts)] == [lost.id]


async def test_running_jobs_hide_none_that_wait(store: Store, new_job: MakeJob) -> None:
    jobs = [new_job(now=store.now() - 1_000 + n) for n in range(350)]
    await store.submit(jobs)
    claimed = [job.id for n in range(4) for job in await claim(store, f"w{n}", slots=100)]
    assert claimed == [job.id for job in jobs]


async def test_a_repeated_claim_answers_the_same(store: Store, submitted: Job) -> None:
    asked = request("w1", nonce="only-once")
    _, first = await store.write_and_claim([], asked)
    _, again = await store.write_and_claim([], asked)
    assert (again.jobs, again.now) == (first.jobs, first.now) == ([submitted], first.now)
    assert await claim(store) == []


async def test_a_repeated_claim_of_a_lapsed_job_answers_who_had_lost_it(
    store: Store, redis: Any, submitted: Job
) -> None:
    (lost,) = await claim(store, "host:1 a")
    await lapse(store, redis, submitted)
    asked = request("w2", nonce="only-once")
    _, first = await store.write_and_claim([], asked)
    _, again = await store.write_and_claim([], asked)
    assert again.jobs == first.jobs == [lost]


async def test_a_claim_that_is_repeated_late_begins_its_leases_anew_but_not_those_of_others(
    store: Store, redis: Any, new_job: MakeJob
) -> None:
    own, taken = new_job(now=store.now()), new_job(now=store.now())
    await store.submit([own, taken])
    asked = request("w1", nonce="only-once")
    await store.write_and_claim([], asked)
    await lapse(store, redis, taken)
    await claim(store, "w2")
    await lapse(store, redis, own)
    _, again = await store.write_and_claim([], asked)
    assert again.jobs == [own]
    assert await claim(store, "w3") == []


async def test_a_job_of_ours_that_arq_was_told_to_abort_still_waits_for_its_time(
    store: Store, redis: Any, new_job: MakeJob
) -> None:
    scheduled = new_job(now=store.now(), run_at=store.now() + 60_000, tags=['"runAt":1'])
    retrying = new_job(now=store.now())
    await store.submit([scheduled, retrying])
    (held,) = await claim(store)
    failed = lifecycle.fail(held, ERROR, store.now(), delay=60)
    await store.write([Change(held, failed)])
    for job in (scheduled, failed):
        redis.zadd("arq:queue", {job.id: 1})  # as arq's Job.abort does
    assert await claim(store) == []
    for job in (scheduled, failed):
        assert redis.zscore("arq:queue", job.id) == job.run_at
