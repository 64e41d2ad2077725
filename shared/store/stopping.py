"""To cancel a job: its record says so, and the worker that runs it is told."""

from shared import lifecycle
from shared.job import Job, Status
from shared.store import Store


async def cancel(store: Store, tenant: str, job_id: str) -> Job:
    """The job as it stands then. Again is harmless: the worker is told again.

    Raises `JobNotFound`, and `IllegalTransition` for one that has ended otherwise.
    """
    now = store.now()
    job = await store.change(
        tenant, job_id, lambda job: job if job.status is Status.CANCELLED else lifecycle.cancel(job, now)
    )
    if job.status is Status.PROCESSING:
        await store.send(job.worker, {"cancel": job.id, "fence": job.fence})
    return job
