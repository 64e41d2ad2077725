"""The scripts against the real store, held against the pure lifecycle."""

import json
from collections.abc import Callable
from itertools import count
from typing import Any

import pytest
from msgspec import Raw
from msgspec.structs import replace

from shared import lifecycle
from shared.errors import IllegalTransition, JobNotFound, StoreUnavailable
from shared.job import FINISHED, Job, JobError, Status
from shared.store import Change, ClaimRequest, JobFilter, Store, Tidings, keys

MakeJob = Callable[..., Job]
ERROR = JobError("exception", "It broke.")
NONCES = count()


def request(
    worker: str = "w1",
    *,
    slots: int = 10,
    children: int = 10,
    loop: tuple[str, ...] = ("calculation",),
    child: tuple[str, ...] = (),
    nonce: str = "",
    lease: int = 10_000,
    lapsed: bool = True,
) -> ClaimRequest:
    return ClaimRequest(worker, worker, nonce or f"n{next(NONCES):09}", lease, loop, child, slots, children, lapsed)


async def claim(store: Store, worker: str = "w1", **facts: Any) -> list[Job]:
    _, claims = await store.write_and_claim([], request(worker, **facts))
    return [lifecycle.claim(job, worker, claims.now) for job in claims.jobs]


async def lapse(store: Store, redis: Any, job: Job) -> None:
    past = store.now() - 1
    redis.zadd(keys.LEASES, {job.id: past})
    redis.zadd("arq:queue", {job.id: past})


@pytest.fixture
async def submitted(store: Store, new_job: MakeJob) -> Job:
    job = new_job(now=store.now(), tags=["blue", "a/b"])
    await store.submit([job])
    return job


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


async def test_the_claim_script_writes_what_the_lifecycle_says(store: Store, submitted: Job) -> None:
    _, claims = await store.write_and_claim([], request("host:1"))
    assert claims.jobs == [submitted]
    stored = (await store.view("default", submitted.id)).job
    assert stored == lifecycle.claim(submitted, "host:1", claims.now)


@pytest.mark.parametrize("status", list(Status))
async def test_the_claim_script_claims_from_exactly_the_statuses_of_the_table(
    store: Store, redis: Any, new_job: MakeJob, status: Status
) -> None:
    job = replace(new_job(now=store.now()), status=status)
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
    assert redis.zcard(keys.PARKED + "strange") == 3_000
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


async def test_lapsed_leases_are_left_to_their_workers_right_after_an_outage(
    store: Store, redis: Any, submitted: Job
) -> None:
    await claim(store)
    await lapse(store, redis, submitted)
    assert await claim(store, "w2", lapsed=False) == []
    assert (redis.zscore("arq:queue", submitted.id) or 0) > store.now()
    assert [job.id for job in await claim(store, "w2")] == [submitted.id]


async def test_running_jobs_hide_none_that_wait(store: Store, new_job: MakeJob) -> None:
    jobs = [new_job(now=store.now() - 1_000 + n) for n in range(350)]
    await store.submit(jobs)
    claimed = [job.id for n in range(4) for job in await claim(store, f"w{n}", slots=100)]
    assert claimed == [job.id for job in jobs]


async def test_a_repeated_claim_answers_the_same_jobs(store: Store, submitted: Job) -> None:
    asked = request("w1", nonce="only-once")
    _, first = await store.write_and_claim([], asked)
    _, again = await store.write_and_claim([], asked)
    assert (first.repeated, again.repeated) == (False, True)
    assert again.jobs == [lifecycle.claim(submitted, "w1", first.now)]
    assert await claim(store) == []


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
    assert redis.zcard("arq:queue") == redis.zcard(keys.PARKED + "strange") == 0
    with pytest.raises(IllegalTransition):
        await store.change("default", waiting.id, lambda job: lifecycle.retry(job, store.now()))


async def test_a_change_that_lost_the_race_is_decided_anew(store: Store, submitted: Job) -> None:
    (held,) = await claim(store)
    calls = 0

    def change(job: Job) -> Job:
        nonlocal calls
        calls += 1
        return lifecycle.cancel(job, store.now())

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
    assert await store.expire() == 1
    assert [key for key in redis.scan_iter() if gone.id.encode() in key] == []
    page = await store.page("default", JobFilter(tag="blue"))
    assert [view.job.id for view in page.jobs] == [kept.id]
    assert [view.job.id for view in (await store.page("default", JobFilter())).jobs] == [kept.id]


async def test_pages_are_newest_first_complete_and_stable_under_inserts(store: Store, new_job: MakeJob) -> None:
    jobs = [new_job(now=1_700_000_000_000 + n, type=("a", "b")[n % 2], tags=["t"]) for n in range(25)]
    await store.submit(jobs)
    for filter_ in ({}, {"tag": "t"}, {"types": ("a", "b")}, {"statuses": (Status.PENDING, Status.FAILED)}):
        seen: list[str] = []
        before = ""
        while True:
            page = await store.page("default", JobFilter(page_size=10, before=before, **filter_))
            seen += [view.job.id for view in page.jobs]
            await store.submit([new_job(now=1_800_000_000_000, tags=["t"])])
            if page.next is None:
                break
            before = page.next
        assert seen[-25:] == [job.id for job in reversed(jobs)]


async def test_a_page_of_large_jobs_is_short_and_leads_on(store: Store, new_job: MakeJob) -> None:
    payload = Raw(b'"' + b"x" * 900_000 + b'"')
    jobs = [new_job(payload=payload, tags=["big"]) for _ in range(25)]
    await store.submit(jobs)
    for tag in (None, "big"):
        seen: list[str] = []
        before: str | None = ""
        pages = 0
        while before is not None:
            page = await store.page("default", JobFilter(page_size=200, before=before, tag=tag))
            seen += [view.job.id for view in page.jobs]
            before, pages = page.next, pages + 1
        assert seen == [job.id for job in reversed(jobs)]
        assert pages >= 2


async def test_filters_combine(store: Store, new_job: MakeJob) -> None:
    wanted = new_job(type="a", tags=["x", "y"])
    await store.submit([wanted, new_job(type="b", tags=["x"]), new_job(type="a", tags=["z"])])
    page = await store.page("default", JobFilter(types=("a",), tag="x", statuses=(Status.PENDING,)))
    assert [view.job.id for view in page.jobs] == [wanted.id]
    nothing = await store.page("default", JobFilter(types=("a",), tag="x", statuses=(Status.FAILED,)))
    assert (nothing.jobs, nothing.next) == ([], None)


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
