"""Jobs that are amended while a real worker runs them, or just before it does."""

from functools import partial
from pathlib import Path

from shared import lifecycle
from shared.job import Job, Outcome, Priority, Status
from shared.lifecycle import Amendment
from shared.store import Store
from shared.store.amending import amend
from tests.processes import Fleet
from tests.worker_service.engine.observing import RETURN, Submit, finished, written

SLEEP = {"do": "sleep", "seconds": 0.5}


async def change(store: Store, job: Job, amendment: Amendment) -> Job:
    verb = partial(lifecycle.amend, now=store.now(), amendment=amendment)
    return await store.change(job.tenant, job.id, verb, partial(amend, store.link))


async def test_a_job_that_is_described_otherwise_while_it_runs_completes_in_one_attempt(
    store: Store, submit: Submit, processes: Fleet, ledger: Path
) -> None:
    processes.start()
    job = await submit(SLEEP)
    await written(ledger, 1)
    assert (await change(store, job, {"tags": ("red",)})).status is Status.PROCESSING
    done = await finished(store, job)
    assert (done.status, done.tags) == (Status.COMPLETED, ("red",))
    assert [attempt.outcome for attempt in done.attempts] == [Outcome.COMPLETED]


async def test_a_job_that_was_to_run_in_an_hour_runs_when_its_caller_wants_it_at_once(
    store: Store, submit: Submit, processes: Fleet
) -> None:
    processes.start()
    early = await submit(RETURN)
    late = await submit(RETURN, run_at=store.now() + 3_600_000)
    await finished(store, early)
    await change(store, late, {"run_at": store.now(), "priority": Priority.HIGH})
    assert (await finished(store, late, 5.0)).status is Status.COMPLETED
