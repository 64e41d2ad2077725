"""Lists jobs, newest first. Ids are ordered by time, so an index in order of ids is an index in order of time."""

import heapq
import re
from collections.abc import Sequence
from itertools import islice

from redis.asyncio import Redis

from shared.codec import read_job
from shared.job import Status
from shared.store import keys
from shared.store.views import JobFilter, JobView, Page, decode_progress

CHUNK = 200  # ids of a tag looked at in one step
STEP = 10  # records read in one step
MOST_BYTES = 8 * 1024 * 1024  # of records read for one page
HEAD = 255  # bytes that hold a record's status and type
MOST_CHUNKS = 10  # steps for one page: a rare combination costs more pages, never a long wait

_STATUS_AND_TYPE = re.compile(rb'"status":"([a-z]+)","type":"([^"]+)"')


async def page(redis: Redis, tenant: str, filter: JobFilter) -> Page:
    """One page. It may be short, even empty, and yet have a next one."""
    if filter.tag is None:
        ids, resume = await _indexed(redis, tenant, filter), None
    else:
        ids, resume = await _tagged(redis, tenant, filter, filter.tag)
    if len(ids) > filter.page_size:
        ids = ids[: filter.page_size]
        resume = ids[-1]
    views, looked_at = await _views(redis, ids)
    return Page(views, resume if looked_at == len(ids) else ids[looked_at - 1])


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
        chunk = await redis.zrevrangebylex(keys.tag(tenant, tag), _newest(before), "-", 0, CHUNK)
        ids = [id.decode() for id in chunk]
        found += [id for id, head in zip(ids, await _heads(redis, ids), strict=True) if _fits(head, filter)]
        if len(found) > filter.page_size or len(ids) < CHUNK:
            return found, None
        before = ids[-1]
    return found, before


async def _heads(redis: Redis, ids: Sequence[str]) -> list[bytes]:
    pipe = redis.pipeline(transaction=False)
    for id in ids:
        pipe.getrange(keys.JOB + id, 0, HEAD)
    heads: list[bytes] = await pipe.execute() if ids else []
    return heads


def _fits(head: bytes, filter: JobFilter) -> bool:
    found = _STATUS_AND_TYPE.search(head)
    if found is None:
        return False
    status, type = (part.decode() for part in found.groups())
    return (not filter.statuses or status in filter.statuses) and (not filter.types or type in filter.types)


async def _types(redis: Redis, tenant: str) -> list[str]:
    members: list[bytes] = await redis.execute_command("SMEMBERS", keys.types(tenant))
    return sorted(member.decode() for member in members)


def _newest(before: str) -> str:
    return f"({before}" if before else "+"


async def _views(redis: Redis, ids: Sequence[str]) -> tuple[list[JobView], int]:
    """Views, and how many ids were looked at: records are read in steps until their bytes are enough for a page."""
    views: list[JobView] = []
    size = looked_at = 0
    while looked_at < len(ids) and size < MOST_BYTES:
        step = ids[looked_at : looked_at + STEP]
        texts = await redis.mget([keys.JOB + id for id in step] + [keys.PROGRESS + id for id in step])
        size += sum(len(text) for text in texts if text)
        looked_at += len(step)
        for record, told in zip(texts[: len(step)], texts[len(step) :], strict=True):
            job = read_job(record)
            if job is not None:
                views.append(JobView(job, decode_progress(told) if told else None))
    return views, looked_at
