"""Pages of jobs, from the real store."""

from msgspec import Raw

from shared.job import Status
from shared.store import JobFilter, Store
from tests.shared.store.claiming import MakeJob


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
