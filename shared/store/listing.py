"""Lists jobs, newest first. Ids are ordered by time, so an index in order of ids is an index in order of time."""

import heapq
from collections.abc import Sequence
from itertools import islice

from redis.asyncio import Redis

from shared.codec import read_job
from shared.job import Job, Status
from shared.store import keys
from shared.store.views import JobFilter, JobView, Page, decode_progress

CHUNK = 200  # ids of a tag looked at in one step
MOST_CHUNKS = 10  # steps for one page: a rare combination costs more pages, never a long wait


async def page(redis: Redis, tenant: str, filter: JobFilter) -> Page:
    """One page. It may be short, even empty, and yet have a next one."""
    if filter.tag is None:
        ids, resume = await _indexed(redis, tenant, filter), None
    else:
        ids, resume = await _tagged(redis, tenant, filter, filter.tag)
    if len(ids) > filter.page_size:
        ids = ids[: filter.page_size]
        resume = ids[-1]
    return Page(await _views(redis, ids), resume)


async def _indexed(redis: Redis, tenant: str, filter: JobFilter) -> list[str]:
    types = filter.types or await _types(redis, tenant)
    indexes = [keys.index(tenant, type, status) for type in types for status in filter.statuses or tuple(Status)]
    wanted = filter.page_size + 1
    pipe = redis.pipeline(transaction=True)  # at one moment: a job that moves between indexes is in just one of them
    for index in indexes:
        pipe.zrevrangebylex(index, _newest(filter.before), "-", 0, wanted)
    newest_first = heapq.merge(*await pipe.execute(), reverse=True)
    return [id.decode() for id in islice(newest_first, wanted)]


async def _tagged(redis: Redis, tenant: str, filter: JobFilter, tag: str) -> tuple[list[str], str | None]:
    found: list[str] = []
    before = filter.before
    for _ in range(MOST_CHUNKS):
        ids = await redis.zrevrangebylex(keys.tag(tenant, tag), _newest(before), "-", 0, CHUNK)
        found += [job.id for job in await _jobs(redis, [id.decode() for id in ids]) if _fits(job, filter)]
        if len(found) > filter.page_size or len(ids) < CHUNK:
            return found, None
        before = ids[-1].decode()
    return found, before


async def _types(redis: Redis, tenant: str) -> list[str]:
    members: list[bytes] = await redis.execute_command("SMEMBERS", keys.types(tenant))
    return sorted(member.decode() for member in members)


def _newest(before: str) -> str:
    return f"({before}" if before else "+"


def _fits(job: Job, filter: JobFilter) -> bool:
    return (not filter.statuses or job.status in filter.statuses) and (not filter.types or job.type in filter.types)


async def _jobs(redis: Redis, ids: Sequence[str]) -> list[Job]:
    records = await redis.mget([keys.JOB + id for id in ids]) if ids else []
    return [job for record in records if (job := read_job(record)) is not None]


async def _views(redis: Redis, ids: Sequence[str]) -> list[JobView]:
    progress = await redis.mget([keys.PROGRESS + id for id in ids]) if ids else []
    told = {id: decode_progress(text) for id, text in zip(ids, progress, strict=True) if text}
    return [JobView(job, told.get(job.id)) for job in await _jobs(redis, ids)]
