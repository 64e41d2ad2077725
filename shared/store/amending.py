"""Amending a job that has not ended: its record, its place in the queue and its tags change in one step."""

from shared.codec import encode_job, read_job
from shared.job import Job
from shared.queue import queue_key
from shared.store import keys
from shared.store.connection import Argument, script
from shared.store.link import Link
from shared.store.submitting import too_late
from shared.store.views import Change

WRITTEN, GONE = 1, 0


async def amend(link: Link, change: Change) -> Job | None:
    """Write an amended job, if nobody wrote it since; as `Store.write` does, and answers."""
    before, job = change.before, change.job
    arguments: list[Argument] = [job.id, before.rev, encode_job(job), keys.index_of(before), keys.index_of(job)]
    arguments += [queue_key(before.queue, before.priority), queue_key(job.queue, job.priority)]
    arguments += [job.run_at, too_late(job)]
    (reply,) = await link.run((script("amend"), arguments))
    answer = reply[1]
    if answer == WRITTEN:
        return job
    return None if answer == GONE else read_job(answer)
