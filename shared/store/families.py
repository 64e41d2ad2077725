"""Who waits for whom: a job's children, what they came to, and who waits for a job."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from msgspec import Raw, Struct
from msgspec.json import Decoder

from shared.codec import read, read_job
from shared.job import FINISHED, NOTHING, Job, JobError, ResultFile, Status
from shared.store import keys
from shared.store.connection import store_errors
from shared.store.link import Link

MOST_RECORDS, MOST_SMALL_RECORDS = 100, 1_000  # whole ones, in one reply: if they may be large, or if they are not
SMALL_REPLY = 2 * 1024 * 1024  # bytes
MOST_IDS = 500  # in one call
MOST_WAITING = 1_000  # jobs that wait for the same one
MOST_SHOWN = 1_000  # children of one job, in its view
HEAD = 4096  # bytes of a record in which its head ends
_HEAD = re.compile(rb'\{"rev":\d+,"fence":\d+,"status":"([a-z]+)","type":"([^"]+)","tenant":"([^"]+)"')


class Came(Struct, frozen=True, rename="camel", gc=False):
    """What a job came to: of its record, what those ask for that wait for it. Read far sooner than all of it."""

    status: Status
    tenant: str
    error: JobError | None = None
    result: Raw = NOTHING
    result_file: ResultFile | None = None


_read_came = Decoder(Came).decode


async def children(link: Link, tenant: str, parents: Sequence[str], most: int = -1) -> list[list[str]]:
    """The ids of what each of these jobs waits for, or did, in the order of their submission; so many at most."""
    with store_errors():
        pipe = link.redis.pipeline(transaction=False)
        for parent in parents:
            pipe.zrange(keys.children(tenant, parent), 0, most - 1 if most > 0 else -1)
        found: list[list[bytes]] = await pipe.execute()
    return [[id.decode() for id in ids] for ids in found]


async def of(link: Link, jobs: Iterable[Job]) -> dict[str, list[str]]:
    """The first children of those of a tenant's jobs that have any, by their ids."""
    parents = [job for job in jobs if job.child_count]
    if not parents:
        return {}
    ids = [job.id for job in parents]
    return dict(zip(ids, await children(link, parents[0].tenant, ids, MOST_SHOWN), strict=True))


async def expect(link: Link, job: Job) -> None:
    """A job that runs is about to add children: note what it does if one fails."""
    with store_errors():
        await link.redis.execute_command("HSET", keys.FLOWS, job.id, job.on_child_failure)


async def records(link: Link, tenant: str, ids: Sequence[str]) -> dict[str, Job | None]:
    """The jobs, also those whose time is over as long as they have not been removed; None for one that has been."""
    with store_errors():
        texts = await link.redis.mget([keys.JOB + id for id in ids]) if ids else []
    jobs = map(read_job, texts)
    return {id: job if job and job.tenant == tenant else None for id, job in zip(ids, jobs, strict=True)}


async def came(link: Link, tenant: str, parent: str, start: int, most: int) -> list[bytes]:
    """So many of a job's children, in the order of their submission: an id, and its record if there is one, by turns.

    The store gathers them by itself: to name ten thousand records to it takes longer than to read them.
    """
    gather = ("BY", "nosort", "LIMIT", start, most, "GET", "#", "GET", keys.JOB + "*")
    with store_errors():
        found: list[bytes] = await link.redis.execute_command("SORT_RO", keys.children(tenant, parent), *gather)
    return found


def read_came(tenant: str, found: Sequence[bytes]) -> Iterator[tuple[str, Came | None]]:
    """Of what `came` answers, each id with what the job came to; None if it is gone."""
    for id, text in zip(found[::2], found[1::2], strict=True):
        job = read(_read_came, text, "a record")
        yield str(id, "ascii"), job if job and job.tenant == tenant else None


def most_at_once(found: Sequence[bytes]) -> int:
    """How many more may be asked for in one call, if they are as large as these."""
    bytes_each = 1 + 2 * sum(map(len, filter(None, found))) // len(found)
    return max(MOST_RECORDS, min(MOST_SMALL_RECORDS, SMALL_REPLY // bytes_each))


async def heads(link: Link, tenant: str, ids: Sequence[str]) -> dict[str, tuple[Status, str]]:
    """The status and the type of each of these jobs that there is."""
    found: dict[str, tuple[Status, str]] = {}
    for start in range(0, len(ids), MOST_IDS):
        part = ids[start : start + MOST_IDS]
        with store_errors():
            pipe = link.redis.pipeline(transaction=False)
            for id in part:
                pipe.getrange(keys.JOB + id, 0, HEAD)
            texts: list[bytes] = await pipe.execute(raise_on_error=False)
        for id, text in zip(part, texts, strict=True):
            head = _HEAD.match(text) if isinstance(text, bytes) else None
            if head and head[3].decode() == tenant:
                found[id] = Status(head[1].decode()), head[2].decode()
    return found


async def parents(link: Link, ids: Iterable[str]) -> dict[str, list[str]]:
    """Of jobs that others wait for, or did: those."""
    asked = list(ids)
    found: dict[str, list[str]] = {}
    for start in range(0, len(asked), MOST_IDS):
        part = asked[start : start + MOST_IDS]
        with store_errors():
            texts: list[bytes | None] = await link.redis.execute_command("HMGET", keys.PARENTS, *part)
        found.update((id, text.decode().split()) for id, text in zip(part, texts, strict=True) if text)
    return found


async def crowded(link: Link, tenant: str, asked: Mapping[str, int]) -> set[str]:
    """Those of a tenant's jobs for which too many would wait, if so many more did: all are let go in one step."""
    by_child = await parents(link, asked)
    many = {id for id, more in asked.items() if len(by_child.get(id, ())) + more > MOST_WAITING}
    known = await heads(link, tenant, sorted({parent for id in many for parent in by_child.get(id, ())}))
    return {id for id in many if asked[id] + sum(_is_open(known, each) for each in by_child.get(id, ())) > MOST_WAITING}


async def needed(link: Link, jobs: Sequence[Job]) -> set[str]:
    """The ids of those of a tenant's jobs that a job waits for which has not ended, and will ask for their results."""
    by_child = await parents(link, [job.id for job in jobs])
    if not by_child:
        return set()
    known = await heads(link, jobs[0].tenant, sorted({parent for theirs in by_child.values() for parent in theirs}))
    return {child for child, theirs in by_child.items() if any(_is_open(known, parent) for parent in theirs)}


def _is_open(known: Mapping[str, tuple[Status, str]], id: str) -> bool:
    return id in known and known[id][0] not in FINISHED
