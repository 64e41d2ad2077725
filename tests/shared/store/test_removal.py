"""Removing jobs before their time, against the real store."""

from typing import Any

from msgspec import Raw

from shared import lifecycle
from shared.job import Job
from shared.store import Change, Store, Tidings, keys
from shared.store.removal import Removal, remove
from tests.shared.store.claiming import ERROR, MakeJob, claim


async def finished(store: Store) -> Job:
    (held,) = await claim(store)
    await store.tell([Tidings(held.id, held.fence, b'{"percent":1.0}', ("line",))])
    (done,) = await store.write([Change(held, lifecycle.complete(held, Raw(b"1"), store.now()))])
    assert done is not None
    return done


async def test_a_removed_job_leaves_no_trace(store: Store, redis: Any, new_job: MakeJob) -> None:
    facts = {"tags": ["blue"], "dedup": "ab12", "deadline": 60.0}
    await store.submit([new_job(now=store.now(), **facts)])
    done = await finished(store)
    assert redis.exists(keys.PROGRESS + done.id, keys.LOG + done.id, keys.dedup("default", "ab12")) == 3
    assert await remove(store.link, [done]) == [Removal.REMOVED]
    assert [key for key in redis.scan_iter() if done.id.encode() in key] == []
    sets = [key for key in redis.scan_iter(_type="zset") if redis.zscore(key, done.id) is not None]
    assert sets == []
    assert redis.exists(keys.DEPTH, keys.dedup("default", "ab12")) == 0


async def test_only_what_has_ended_and_was_not_written_since_is_removed(store: Store, submitted: Job) -> None:
    assert await remove(store.link, [submitted]) == [Removal.CHANGED]
    (held,) = await claim(store)
    (failed,) = await store.write([Change(held, lifecycle.reject(held, store.now(), ERROR))])
    assert failed is not None
    await store.change("default", failed.id, lambda job: lifecycle.retry(job, store.now()))
    assert await remove(store.link, [failed]) == [Removal.CHANGED]
    assert (await store.view("default", submitted.id)).job.rev == failed.rev + 1


async def test_a_removal_that_is_repeated_finds_nothing(store: Store, submitted: Job) -> None:
    done = await finished(store)
    answers = [await remove(store.link, jobs) for jobs in ([done], [done], [])]
    assert answers == [[Removal.REMOVED], [Removal.GONE], []]
