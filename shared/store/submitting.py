"""Submissions, as `lua/submit.lua` takes them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from shared.codec import encode_job
from shared.job import Job, Status
from shared.queue import queue_key
from shared.store.connection import Argument

ONCE_FOR = 86_400_000  # ms that the answer to a request with an Idempotency-Key is kept


@dataclass(frozen=True, slots=True)
class Stands:
    """A job that stands for another, which was not written."""

    job_id: str
    status: Status


Standing = Mapping[str, Stands]  # by the id of the job that was not written
NONE_STAND: Standing = MappingProxyType({})


@dataclass(frozen=True)
class Once:
    """A request that is to be done once: its key in the store, and what is to stand there, unless something does."""

    key: str = ""
    mine: bytes = b""


NOT_ONCE = Once()


def arguments(arq_body: bytes, jobs: Sequence[Job], once: Once) -> list[Argument]:
    """The script's."""
    found: list[Argument] = [arq_body, once.key, once.mine, ONCE_FOR]
    for job in jobs:
        found += (job.id, encode_job(job), queue_key(job.queue, job.priority), job.run_at, too_late(job))
        found.append(0 if job.dedup_for is None else round(job.dedup_for * 1000))
        found.append(_family(job) if job.child_count or job.parent_id else "")
    return found


def _family(job: Job) -> str:
    """What a job that waits for others does if one fails; its parent; the jobs that it depends on."""
    policy = job.on_child_failure if job.child_count else ""
    return f"{policy};{job.parent_id or ''};{' '.join(job.depends_on)}"


def too_late(job: Job) -> int:
    """When it may be too late for a job that waits (ms since the epoch); 0 if never."""
    return min((time for time in (job.start_by, job.deadline_at) if time is not None), default=0)


def read(reply: Sequence[Any]) -> tuple[bytes, Standing]:
    """What stood in the place of a request, and which jobs others stand for."""
    _, stood, *facts = reply
    return stood, _standing(facts)


def read_once(stood: bytes) -> tuple[bytes, Standing]:
    """What was given to stand in the place of a request, and which of its jobs others stood for.

    Nothing, if somebody else than us has written it.
    """
    mine, *lines = stood.split(b"\n")
    try:
        return mine, _standing([fact for line in lines for fact in line.split(b" ")])
    except ValueError:
        return b"", NONE_STAND


def _standing(facts: Sequence[bytes]) -> Standing:
    triples = zip(facts[::3], facts[1::3], facts[2::3], strict=True)
    return {id.decode(): Stands(other.decode(), Status(status.decode())) for id, other, status in triples}
