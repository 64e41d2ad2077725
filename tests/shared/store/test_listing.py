"""Pages of jobs, from the real store."""

import random
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from msgspec import Raw

from shared import lifecycle
from shared.job import FINISHED, Job, Status
from shared.store import Change, JobFilter, Sort, Span, Store, keys, listing
from shared.store.walk import ANY_ID
from tests.shared.store.claiming import ERROR, MakeJob

T0 = 1_700_000_000_000
LATE = 4_000_000_000_000  # their records are not expired yet


async def everything(store: Store, filter_: JobFilter) -> list[str]:
    """The ids of all pages."""
    seen: list[str] = []
    after: str | None = ""
    while after is not None:
        page = await store.page("default", replace(filter_, after=after))
        assert len(page.jobs) <= filter_.page_size
        seen += [view.job.id for view in page.jobs]
        after = page.next
    return seen


async def end(store: Store, job: Job, status: Status, at: int) -> Job:
    """Have a job end so, then."""
    claimed = lifecycle.claim(job, "w1", at - 1)
    settled = {
        Status.COMPLETED: lambda: lifecycle.complete(claimed, Raw(b"1"), at),
        Status.FAILED: lambda: lifecycle.reject(claimed, at, ERROR),
        Status.CANCELLED: lambda: lifecycle.cancel(job, at),
    }[status]()
    before = job if status is Status.CANCELLED else claimed
    if before is claimed:
        await store.write([Change(job, claimed)])
    (written,) = await store.write([Change(before, settled)])
    assert written is settled
    return settled


async def a_hundred_jobs(store: Store, new_job: MakeJob) -> list[Job]:
    """Of all kinds; every second has ended, in no order, some at the same time."""
    chance = random.Random(5)  # noqa: S311 - no secret
    jobs = [
        new_job(
            now=T0 + 1000 * n,
            type=chance.choice("abc"),
            queue=chance.choice(["default", "images"]),
            tags=chance.sample(["x", "y", "z"], chance.randint(0, 3)),
        )
        for n in range(100)
    ]
    await store.submit(jobs)
    for number in range(0, 100, 2):
        at = LATE + 1000 * chance.randint(0, 20)
        jobs[number] = await end(store, jobs[number], chance.choice(sorted(FINISHED)), at)
    return jobs


def expected(jobs: Sequence[Job], filter_: JobFilter) -> list[str]:
    """The same from a plain reading of what the filter says."""

    def within(span: Span, time: int) -> bool:
        return (span.start is None or time >= span.start) and (span.end is None or time < span.end)

    fitting = [
        job
        for job in jobs
        if (not filter_.statuses or job.status in filter_.statuses)
        and (not filter_.types or job.type in filter_.types)
        and (not filter_.queues or job.queue in filter_.queues)
        and set(filter_.tags) <= set(job.tags)
        and within(filter_.created, job.created_at)
        and (not filter_.completed or (job.completed_at is not None and within(filter_.completed, job.completed_at)))
        and (not filter_.sort.by_completion or job.completed_at is not None)
    ]
    by_completion = filter_.sort.by_completion
    fitting.sort(
        key=lambda job: (job.completed_at if by_completion else 0, job.id), reverse=not filter_.sort.is_ascending
    )
    return [job.id for job in fitting]


CONDITIONS: list[dict[str, Any]] = [
    {},
    {"statuses": (Status.FAILED,)},
    {"statuses": (Status.PENDING, Status.COMPLETED)},
    {"types": ("a", "c")},
    {"queues": ("images",)},
    {"queues": ("nowhere",)},
    {"queues": ("images", "default"), "types": ("a",)},
    {"queues": ("images", "nowhere"), "statuses": (Status.COMPLETED,)},
    {"tags": ("x",)},
    {"tags": ("x", "y")},
    {"tags": ("z",), "types": ("b",), "queues": ("default",)},
    {"created": Span(T0 + 20_000, T0 + 60_000)},
    {"created": Span(end=T0 + 60_000), "tags": ("y",)},
    {"completed": Span(LATE + 5_000, LATE + 15_000)},
    {"completed": Span(LATE + 5_000), "created": Span(T0 + 20_000), "tags": ("x",)},
    {"completed": Span(end=LATE + 15_000), "statuses": (Status.COMPLETED,), "queues": ("images",)},
    {"completed": Span(end=LATE + 15_000), "statuses": (Status.PENDING,)},
]


@pytest.mark.parametrize("most_sorted", [0, listing.MOST_SORTED])
@pytest.mark.parametrize("sort", list(Sort))
async def test_every_combination_of_filters_is_answered_in_order_and_whole(
    store: Store, new_job: MakeJob, monkeypatch: pytest.MonkeyPatch, sort: Sort, most_sorted: int
) -> None:
    monkeypatch.setattr(listing, "MOST_SORTED", most_sorted)
    jobs = await a_hundred_jobs(store, new_job)
    for conditions in CONDITIONS:
        filter_ = JobFilter(**conditions, sort=sort, page_size=7)
        assert await everything(store, filter_) == expected(jobs, filter_), conditions


async def test_jobs_that_completed_at_the_same_time_are_each_listed_once(store: Store, new_job: MakeJob) -> None:
    jobs = [new_job(now=T0 + n) for n in range(130)]
    await store.submit(jobs)
    for job in jobs:
        await end(store, job, Status.COMPLETED, LATE)
    listed = await everything(store, JobFilter(sort=Sort.LAST_COMPLETED, page_size=11))
    assert listed == [job.id for job in reversed(jobs)]


async def test_a_rare_combination_costs_more_pages(
    store: Store, new_job: MakeJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "LONGEST_WALK", 0)
    rare = new_job(now=T0)  # in the one queue that has no index
    await store.submit([rare, *(new_job(now=T0 + 1 + n, queue="images") for n in range(1_200))])
    page = await store.page("default", JobFilter(queues=("default",)))
    assert page.jobs == []
    assert page.next is not None
    assert await everything(store, JobFilter(queues=("default",))) == [rare.id]


async def test_the_children_of_a_job_are_those_in_its_index(store: Store, new_job: MakeJob, redis: Any) -> None:
    parent, child, other = (new_job(now=T0 + n) for n in range(3))
    await store.submit([parent, child, other])
    assert await everything(store, JobFilter(parent=parent.id)) == []
    redis.zadd(keys.children("default", parent.id), {child.id: 0})
    assert await everything(store, JobFilter(parent=parent.id)) == [child.id]


async def test_what_has_expired_is_not_listed(store: Store, new_job: MakeJob) -> None:
    jobs = [new_job(now=T0 + n) for n in range(2)]
    await store.submit(jobs)
    await end(store, jobs[0], Status.COMPLETED, T0 + 10)  # and was kept for a day
    assert await everything(store, JobFilter()) == [jobs[1].id]


async def test_pages_are_newest_first_complete_and_stable_under_inserts(store: Store, new_job: MakeJob) -> None:
    jobs = [new_job(now=1_700_000_000_000 + n, type=("a", "b")[n % 2], tags=["t"]) for n in range(25)]
    await store.submit(jobs)
    for filter_ in ({}, {"tags": ("t",)}, {"types": ("a", "b")}, {"statuses": (Status.PENDING, Status.FAILED)}):
        seen: list[str] = []
        after = ""
        while True:
            page = await store.page("default", JobFilter(page_size=10, after=after, **filter_))
            seen += [view.job.id for view in page.jobs]
            await store.submit([new_job(now=1_800_000_000_000, tags=["t"])])
            if page.next is None:
                break
            after = page.next
        assert seen[-25:] == [job.id for job in reversed(jobs)]


async def test_a_page_of_large_jobs_is_short_and_leads_on(store: Store, new_job: MakeJob) -> None:
    payload = Raw(b'"' + b"x" * 900_000 + b'"')
    jobs = [new_job(payload=payload, tags=["big"]) for _ in range(25)]
    await store.submit(jobs)
    for tags in ((), ("big",)):
        seen: list[str] = []
        after: str | None = ""
        pages = 0
        while after is not None:
            page = await store.page("default", JobFilter(page_size=200, after=after, tags=tags))
            seen += [view.job.id for view in page.jobs]
            after, pages = page.next, pages + 1
        assert seen == [job.id for job in reversed(jobs)]
        assert pages >= 2


async def test_filters_combine(store: Store, new_job: MakeJob) -> None:
    wanted = new_job(type="a", tags=["x", "y"])
    await store.submit([wanted, new_job(type="b", tags=["x"]), new_job(type="a", tags=["z"])])
    page = await store.page("default", JobFilter(types=("a",), tags=("x",), statuses=(Status.PENDING,)))
    assert [view.job.id for view in page.jobs] == [wanted.id]
    nothing = await store.page("default", JobFilter(types=("a",), tags=("x",), statuses=(Status.FAILED,)))
    assert (nothing.jobs, nothing.next) == ([], None)


def test_no_id_is_greater_than_any_also_by_the_letters_of_a_language() -> None:
    """Lua compares by the locale, in which signs may come before letters."""
    assert ANY_ID.isalpha()
    assert all(digit < ANY_ID for digit in "0123456789abcdef")
