"""A job that was lost twice may be what its workers were lost of: a worker has one such at a time."""

from typing import Any

from msgspec.structs import replace

from shared import lifecycle
from shared.job import Job
from shared.store import Change, Store, keys
from tests.shared.store.claiming import MakeJob, claim, lapse


def ids(jobs: list[Job]) -> set[str]:
    return {job.id for job in jobs}


async def test_one_suspect_is_given_at_a_time_and_the_others_wait_without_hiding_anything(
    store: Store, redis: Any, new_job: MakeJob
) -> None:
    suspects = [replace(new_job(), losses=2) for _ in range(3)]
    fresh = new_job()
    await store.submit([*suspects, fresh])
    (first, second) = await claim(store, suspects=1)
    assert {first.id, second.id} == {suspects[0].id, fresh.id}
    assert await claim(store, "w2", suspects=0) == []
    assert ids(await claim(store, suspects=1)) == {suspects[1].id}
    assert ids(await claim(store, suspects=1)) == {suspects[2].id}
    assert redis.zcard(keys.suspects("arq:queue", "calculation")) == 0


async def test_jobs_lost_together_run_together_once_more_and_then_one_by_one(
    store: Store, redis: Any, new_job: MakeJob
) -> None:
    await store.submit([new_job() for _ in range(3)])
    for worker in ("w1", "w2"):
        held = await claim(store, worker)
        assert len(held) == 3
        if worker == "w2":
            held = [replace(job, losses=1, rev=job.rev + 1) for job in held]  # as `recover` leaves them
            await store.write([Change(replace(job, rev=job.rev - 1), job) for job in held])
        for job in held:
            await lapse(store, redis, job)
    given = [await claim(store, f"w{number}") for number in (3, 4, 5, 6)]
    assert [len(jobs) for jobs in given] == [1, 1, 1, 0]
    assert len(ids([job for jobs in given for job in jobs])) == 3


async def test_a_suspect_that_was_set_aside_can_still_be_cancelled(store: Store, redis: Any, new_job: MakeJob) -> None:
    suspect = replace(new_job(), losses=2)
    await store.submit([suspect])
    assert await claim(store, suspects=0) == []
    await store.write([Change(suspect, lifecycle.cancel(suspect, store.now()))])
    assert await claim(store) == []
    assert redis.zcard(keys.suspects("arq:queue", "calculation")) == 0
