"""The scenes, in their order. Each submits, follows, and says what held."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

from deploy.demo import samples
from deploy.demo.killing import kill, may_kill, victim
from deploy.demo.rows import figures, first_output, first_record, lost, records
from deploy.demo.show import Show, Shown, completed
from dmps import Job, Worker

TABLES = 4  # jobs, so that each of two workers has some
UNDER_WAY = 10.0  # percent, by which the first of them has begun in earnest
RECOVERY = 12.0  # seconds in which a killed worker's job runs again, as is promised


def a_job_of_each_type(show: Show) -> None:
    """One of each, with its result."""
    show.screen.scene("A job of each type", "POST /api/jobs validates it, stores it, answers 202; a worker does it.")
    client = show.client
    uploaded = client.upload(samples.png())
    jobs = [
        Shown(client.submit("calculation", samples.FIGURES).job_id, "calculation", figures),
        Shown(client.submit("data-enrichment", samples.RECORDS).job_id, "data-enrichment", first_record),
        Shown(
            client.submit("file-processing", samples.picture(uploaded.file_id)).job_id, "file-processing", first_output
        ),
    ]
    ended = show.follow(jobs)
    show.fact("every one has its result", held=completed(ended))


def a_flow(show: Show) -> None:
    """A job that waits for three others."""
    show.screen.scene("A flow", "A job may wait for others. It is blocked until the last of them has ended, then run.")
    payload, parts = samples.flow()
    parent = show.client.submit("calculation", payload, children=parts).job_id
    children = show.client.get(parent).children
    jobs = [Shown(parent, "the join", figures)]
    jobs += [Shown(child, f"  part {number}", figures) for number, child in enumerate(children, 1)]
    ended = show.follow(jobs)
    last = max(ended[child].completed_at or ended[child].created_at for child in children)
    began = ended[parent].started_at
    show.fact("the join ran after the last of its parts", held=completed(ended) and began is not None and began >= last)


def a_worker_is_killed(show: Show) -> None:
    """Long jobs with their progress; amid them SIGKILL to the worker that has most of them."""
    show.screen.scene(
        "A worker is killed",
        f"{TABLES} jobs enrich {samples.PERSONS:,} records each; amid them a worker gets SIGKILL, and no last word.",
    )
    uploaded = show.client.upload(samples.csv())
    ids = [show.client.submit("data-enrichment", samples.table(uploaded.file_id)).job_id for _ in range(TABLES)]
    jobs = [Shown(job_id, f"table {number}", records) for number, job_id in enumerate(ids, 1)]
    found = show.until(jobs, _is_under_way)
    chosen = victim(show.client.workers(), found)
    if chosen is None or not may_kill(chosen[0]):
        show.screen.say("  The workers are not those of a `make dev` on this machine, so none is killed.")
        show.fact("every table is complete", held=completed(show.follow(jobs)))
        return
    _kill_and_see(show, jobs, *chosen)


def _kill_and_see(show: Show, jobs: Sequence[Shown], worker: Worker, held: frozenset[str]) -> None:
    killed_at = datetime.now(UTC)
    kill(worker)
    show.names.killed.add(worker.id)
    name = show.names.of(worker.id)
    show.screen.say(f"  kill -9: {name} is gone, and ran {_count(len(held), 'job')}. Its leases last 10 s.", alarm=True)
    ended = show.follow(jobs)
    again = [ended[job_id] for job_id in held if worker.id in lost(ended[job_id])]
    show.fact("every table is complete", held=completed(ended))
    show.fact(f"{_count(len(again), 'job')} ran again on another worker, no attempt used up", held=len(again) > 0)
    slowest = max((_began(job) - killed_at for job in again), default=timedelta()).total_seconds()
    show.fact(f"{slowest:.1f} s after the kill at most (promised: {RECOVERY:.0f})", held=0 < slowest <= RECOVERY)


def _is_under_way(jobs: list[Job]) -> bool:
    """Whether some have begun in earnest, or it is too late for that."""
    begun = [job.status == "processing" and job.progress and job.progress.percent > UNDER_WAY for job in jobs]
    return any(begun) or all(job.has_ended for job in jobs)


def _began(job: Job) -> datetime:
    """When its last run did, by the clock of the store, which is this machine's."""
    return job.attempts[-1].started_at


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'s' * (number != 1)}"


SCENES: tuple[Callable[[Show], None], ...] = (a_job_of_each_type, a_flow, a_worker_is_killed)
