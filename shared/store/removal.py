"""Removing finished jobs before their time. Their files go first, so that none is ever forgotten."""

from collections.abc import Sequence
from enum import IntEnum

from shared.job import Job
from shared.store.connection import Argument, script
from shared.store.link import Link


class Removal(IntEnum):
    """What became of a job: the words of `lua/delete.lua`."""

    GONE = 0  # somebody else removed it, or an earlier try of the same call
    REMOVED = 1
    CHANGED = 2  # somebody wrote it since
    NEEDED = 3  # a job waits for it that has not ended


async def remove(link: Link, jobs: Sequence[Job]) -> list[Removal]:
    """Remove finished jobs, at most 500, with all their traces, each only if nobody wrote it since."""
    if not jobs:
        return []
    arguments: list[Argument] = [fact for job in jobs for fact in (job.id, job.rev)]
    (reply,) = await link.run((script("delete"), arguments))
    return [Removal(word) for word in reply[1:]]
