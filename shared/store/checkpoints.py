"""From where interrupted jobs go on, and which files belong to that. A running job's own `store.tell` writes both."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass

from shared.job import FINISHED
from shared.store import keys
from shared.store.connection import store_errors
from shared.store.families import heads
from shared.store.link import Link

MOST = 100  # checkpoints in one reply, of 64 KiB at most
PAGE = 500  # files looked at in one call


@dataclass(frozen=True)
class Part:
    """A file of a job's checkpoint."""

    file_id: str
    tenant: str
    job_id: str


async def load(link: Link, job_ids: Sequence[str]) -> Mapping[str, bytes]:
    """The last checkpoints (JSON) of those of the jobs, at most a hundred, that have one."""
    with store_errors():
        found = await link.redis.mget([keys.CHECKPOINT + id for id in job_ids])
    return {id: state for id, state in zip(job_ids, found, strict=True) if state}


async def leftovers(link: Link) -> AsyncIterator[list[Part]]:
    """The files of checkpoints whose jobs have ended or are gone, some at a time."""
    cursor, is_first = 0, True
    while cursor or is_first:
        with store_errors():
            cursor, page = await link.redis.hscan(keys.PARTS, cursor, count=PAGE)
        is_first = False
        parts = [_part(file, owner) for file, owner in page.items()]
        yield [part for tenant in {part.tenant for part in parts} for part in await _ended(link, tenant, parts)]


async def forget(link: Link, parts: Sequence[Part]) -> None:
    """These files are gone."""
    if parts:
        with store_errors():
            await link.redis.execute_command("HDEL", keys.PARTS, *(part.file_id for part in parts))


def _part(file_id: bytes, owner: bytes) -> Part:
    tenant, _, job_id = owner.decode(errors="replace").partition(" ")
    return Part(file_id.decode(errors="replace"), tenant, job_id)


async def _ended(link: Link, tenant: str, parts: Sequence[Part]) -> list[Part]:
    theirs = [part for part in parts if part.tenant == tenant]
    known = await heads(link, tenant, list(dict.fromkeys(part.job_id for part in theirs)))
    return [part for part in theirs if part.job_id not in known or known[part.job_id][0] in FINISHED]
