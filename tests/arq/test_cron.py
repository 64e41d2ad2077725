"""Each tick of a cron job is run once, however late a worker comes to it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from arq import ArqRedis, cron

from shared.queue import redis_settings
from worker_service.engine.worker import JobWorker


@pytest.mark.parametrize(("own_id", "runs"), [(None, 1), ("mine", 2)])
async def test_a_tick_that_was_run_is_not_run_again_by_a_worker_that_comes_late(
    client: ArqRedis, redis_url: str, own_id: str | None, runs: int
) -> None:
    ran = []

    async def tick(ctx: dict[str, Any]) -> None:
        ran.append(ctx["job_id"])

    due = datetime.now(UTC) - timedelta(seconds=1)
    for _ in range(2):
        job = cron(tick, name="tick", job_id=own_id, month=2, day=29)  # so the next tick is far away
        job.next_run = due
        worker = JobWorker(
            cron_jobs=[job], redis_settings=redis_settings(redis_url), burst=True, handle_signals=False, timezone=UTC
        )
        await worker.main()
        await worker.close()
        await client.delete(*[f"arq:in-progress:{job_id}" for job_id in ran])  # a minute later, they are gone
    assert len(ran) == runs
