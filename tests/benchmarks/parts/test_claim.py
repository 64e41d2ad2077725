from benchmarks.parts import claim
from shared.job import DEFAULT_TENANT, Status
from shared.store import JobFilter, Store


async def test_as_many_jobs_wait_after_claiming_as_before(store: Store, redis_url: str) -> None:
    await claim.submit(redis_url, 150)
    samples = await claim.claim(redis_url, 150)
    assert [sample.measure for sample in samples] == [claim.CLAIM, claim.STEP]
    assert all(sample.value > 0 for sample in samples)
    page = await store.page(DEFAULT_TENANT, JobFilter(statuses=(Status.PENDING,), page_size=200))
    assert len(page.jobs) == 150
    assert max(len(view.job.attempts) for view in page.jobs) == 2 * claim.CALLS + 1
