from redis import Redis

from benchmarks.peers import ARQ, DMPS
from benchmarks.programs import ours
from benchmarks.programs.client import payload_of
from benchmarks.programs.plain_arq import connect
from shared.job import DEFAULT_TENANT, Status
from shared.store import JobFilter, Store


def test_a_payload_has_a_text_of_the_size_that_was_asked_for() -> None:
    assert payload_of() == payload_of(0) == {}
    assert payload_of(3) == {"text": "xxx"}


async def test_our_jobs_wait_with_their_payload(store: Store, redis_url: str) -> None:
    async with ours.connect(redis_url) as submitter:
        await submitter.fill(3, {"text": "x"})
        await submitter.stamp(5)
    page = await store.page(DEFAULT_TENANT, JobFilter())
    assert [(view.job.type, bytes(view.job.payload), view.job.status) for view in page.jobs] == [
        ("stamp", b'{"submittedAt":5}', Status.PENDING),
        *[("noop", b'{"text":"x"}', Status.PENDING)] * 3,
    ]


async def test_what_waits_is_not_counted_as_finished(redis: Redis, redis_url: str) -> None:
    async with ours.connect(redis_url) as submitter:
        await submitter.fill(3, {})
    assert DMPS.finished(redis, 3) == 0
    redis.flushall()
    async with connect(redis_url) as submitter_of_arq:
        await submitter_of_arq.fill(3, {})
    assert ARQ.finished(redis, 3) == 0
    assert ARQ.finished(redis, 5) == 2
