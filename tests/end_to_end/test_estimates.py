"""The start that waiting jobs are told, held against when they then started."""

import json
from collections.abc import Callable
from pathlib import Path

from msgspec import Raw

from api_service.views import estimated_start
from shared.job import DEFAULT_TENANT, Job, Status
from shared.store import JobFilter, Store
from tests.processes import Fleet
from tests.waiting import until

JOBS, SECONDS = 80, 0.2
ROUNDING = 2_000  # ms: the estimate is told in seconds, and rates are counted by the second
SHARE = 1.0  # of the wait that was left: the pace is young, and a busy machine may halve it


async def test_a_waiting_job_starts_about_when_it_was_told(
    store: Store, new_job: Callable[..., Job], processes: Fleet, tmp_path: Path
) -> None:
    payload = {"attempts": [{"do": "sleep", "seconds": SECONDS}], "ledger": str(tmp_path / "ledger")}
    text = Raw(json.dumps(payload).encode())
    jobs = [new_job(now=store.now(), type="scripted", payload=text) for _ in range(JOBS)]
    await store.submit(jobs)
    processes.start(DMPS_CONCURRENCY="2")

    async def completed(count: int) -> bool:
        page = await store.page(DEFAULT_TENANT, JobFilter(statuses=(Status.COMPLETED,), page_size=count))
        return len(page.jobs) >= count

    async def told(job: Job) -> tuple[str, int, int]:
        start = estimated_start(job, await store.outlook(job))
        assert start is not None
        return job.id, store.now(), start

    await until(lambda: completed(JOBS // 2), "half of the jobs")
    estimates = [await told(jobs[place]) for place in (3 * JOBS // 4, JOBS - 1)]
    await until(lambda: completed(JOBS), "the end of all jobs", 60)
    for job_id, asked_at, start in estimates:
        actual = (await store.view(DEFAULT_TENANT, job_id)).job.started_at
        assert actual is not None
        assert abs(start - actual) <= ROUNDING + SHARE * (actual - asked_at)
