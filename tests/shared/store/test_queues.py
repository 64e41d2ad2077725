"""Which jobs a claim gives, by queue and priority, and how many there are of each."""

from typing import Any

from msgspec import Raw

from shared import lifecycle
from shared.job import Job, Priority
from shared.store import Change, Share, Store, keys
from shared.store.retention import expire
from tests.shared.store.claiming import MakeJob, claim, request

HIGH, NORMAL, LOW = Priority


def depth(redis: Any) -> dict[str, int]:
    return {field.decode(): int(count) for field, count in redis.hgetall(keys.DEPTH).items()}


async def finish(store: Store, jobs: list[Job]) -> None:
    await store.write([Change(job, lifecycle.complete(job, Raw(b"1"), store.now())) for job in jobs])


async def test_higher_priorities_go_first(store: Store, new_job: MakeJob) -> None:
    jobs = [new_job(priority=priority) for priority in (LOW, NORMAL, HIGH, LOW, HIGH)]
    await store.submit(jobs)
    given = [(await claim(store, slots=1))[0].priority for _ in jobs]
    assert given == [HIGH, HIGH, NORMAL, LOW, LOW]


async def test_a_share_is_given_to_the_lighter_even_if_the_heavier_could_take_all(
    store: Store, new_job: MakeJob
) -> None:
    await store.submit([new_job(priority=priority) for priority in (HIGH, LOW) for _ in range(20)])
    shares = (Share("default", HIGH, 7), Share("default", NORMAL, 2), Share("default", LOW, 1))
    _, claims = await store.write_and_claim([], request(shares=shares))
    assert sorted(job.priority for job in claims.jobs) == [HIGH] * 9 + [LOW]


async def test_a_worker_gets_jobs_of_its_queues_only(store: Store, new_job: MakeJob) -> None:
    images, default = new_job(queue="images"), new_job()
    await store.submit([images, default])
    assert [job.id for job in await claim(store, queues=("images",))] == [images.id]
    assert await claim(store, queues=("images",)) == []
    assert [job.id for job in await claim(store, queues=("images", "default"))] == [default.id]


async def test_a_lapsed_job_of_an_unserved_queue_is_recovered_by_who_serves_it(
    store: Store, redis: Any, new_job: MakeJob
) -> None:
    images = new_job(queue="images", priority=LOW)
    await store.submit([images])
    await claim(store, queues=("images",))
    past = store.now() - 1
    redis.zadd(keys.LEASES, {images.id: past})
    redis.zadd(keys.WORKERS, {"neighbour": past})
    assert await claim(store, "w2") == []
    assert [job.id for job in await claim(store, "w3", queues=("images",))] == [images.id]
    assert redis.zscore("arq:queue:images!low", images.id) > past


async def test_jobs_are_counted_by_queue_and_type_as_they_move(store: Store, redis: Any, new_job: MakeJob) -> None:
    jobs = [new_job(queue="images", priority=HIGH), new_job(), new_job(run_at=store.now() + 60_000)]
    await store.submit(jobs)
    await store.submit(jobs[:1])  # which is there already
    assert depth(redis) == {
        "queue:images:pending": 1,
        "queue:default:pending": 1,
        "queue:default:scheduled": 1,
        "type:calculation:pending": 2,
        "type:calculation:scheduled": 1,
    }
    await finish(store, await claim(store, queues=("images", "default")))
    assert depth(redis)["queue:images:completed"] == depth(redis)["queue:default:completed"] == 1
    assert depth(redis)["type:calculation:completed"] == 2
    redis.zadd(keys.RETENTION, {jobs[0].id: 1})
    assert (await expire(store.link)).removed == 1
    assert "queue:images:completed" not in depth(redis)
    assert "queue:default:processing" not in depth(redis)


async def test_what_came_into_a_queue_and_left_it_is_counted_for_a_while(
    store: Store, redis: Any, new_job: MakeJob
) -> None:
    await store.submit([new_job(queue="images") for _ in range(3)])
    await finish(store, await claim(store, queues=("images",), slots=2))
    seen: dict[str, int] = {}
    for key in redis.keys(keys.FLOW + "*"):
        assert 0 < redis.ttl(key) <= 300
        for field, count in redis.hgetall(key).items():
            seen[field.decode()] = seen.get(field.decode(), 0) + int(count)
    assert seen == {"in:images": 3, "out:images": 2}
