"""Lists jobs, a page at a time, from whichever index leads to them soonest.

Ids are ordered by time, so an index in order of ids is an index in order of time. Jobs that completed stand in a second
one, by that time. An index in the order that is asked for is walked; another one, if it is short, is read and sorted.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

from msgspec import structs
from redis.asyncio import Redis

from shared.codec import read_job
from shared.ids import uuid7
from shared.job import DEFAULT_QUEUE, FINISHED, Status
from shared.store import families, keys
from shared.store.link import Link
from shared.store.views import JobFilter, JobView, Page, Span, decode_progress
from shared.store.walk import ANY_ID, FIRST, LAST, LOOKS, NO_ID, Bound, Place, Question, step

LONGEST_WALK = 0.05  # seconds for one page: a rare combination costs more pages, never a long wait
MOST_SORTED = 2_000  # ids of an index that is read for one page
STEP = 50  # records read in one step, or as many as are likely to take so many bytes:
STEP_BYTES = 2 * 1024 * 1024
FIRST_STEP = 10
CLOCK_SET_BACK = 3_600_000  # ms: by so much at most, when a job completed before it was created
MOST_BYTES = 8 * 1024 * 1024  # of records read for one page


@dataclass(frozen=True)
class _Source:
    """Indexes that hold all the jobs that are looked for, and which conditions their jobs are known to meet."""

    keys: Sequence[str]
    by_score: bool = False  # by the time of completion, rather than by id
    by_kind: bool = False  # of the statuses and types that are looked for
    by_queue: bool = False


async def page(link: Link, tenant: str, asked: JobFilter) -> Page:
    """One page. It may be short, even empty, and yet have a next one."""
    filter = await _narrowed(link.redis, asked)
    if filter is None:
        return Page([], None)
    source = await _best_source(link.redis, tenant, filter)
    in_order = source.by_score == filter.sort.by_completion
    places, end = await (_walked if in_order else _sorted)(link, _question(source, tenant, filter), filter)
    if len(places) > filter.page_size:
        places = places[: filter.page_size]
        end = places[-1]
    views, looked_at = await read_views(link.redis, [place.id for place in places])
    if looked_at < len(places):
        end = places[looked_at - 1]
    now = link.now()
    kept = [view for view in views if view.job.expires_at is None or view.job.expires_at > now]
    children = await families.of(link, [view.job for view in kept])
    kept = [replace(view, children=children[view.job.id]) if view.job.id in children else view for view in kept]
    return Page(kept, None if end is None else str(end))


async def count(link: Link, tenant: str, asked: JobFilter, seconds: float) -> tuple[int, bool]:
    """How many jobs fit, and whether these are all: if not, so many were found in so many seconds."""
    filter = await _narrowed(link.redis, asked)
    if filter is None:
        return 0, True
    source = await _best_source(link.redis, tenant, filter)
    question = _question(source, tenant, filter)
    is_known = source.by_kind and not (question.within or question.queues or question.time)
    if is_known and not (source.by_score and filter.created):
        (size,) = await _sizes(link.redis, [source], filter)
        return size, True
    found, end = 0, time.monotonic() + seconds
    reached: Place | None = None
    while time.monotonic() < end:
        step_ = await step(link, _beyond(question, reached, LOOKS))
        found += len(step_.found)
        if step_.is_last:
            return found, True
        reached = step_.reached
    return found, False


async def _narrowed(redis: Redis, filter: JobFilter) -> JobFilter | None:
    """The same, but only finished jobs have a time when they completed; None if no job can fit."""
    if filter.sort.by_completion or filter.completed:
        filter = replace(filter, statuses=tuple(FINISHED.intersection(filter.statuses or FINISHED)))
        if not filter.statuses:
            return None
    return None if filter.queues and not await _has_jobs(redis, filter) else filter


async def _has_jobs(redis: Redis, filter: JobFilter) -> bool:
    """Whether there are any in those queues and statuses, whoever has submitted them."""
    statuses = filter.statuses or tuple(Status)
    fields = [f"queue:{queue}:{status}" for queue in filter.queues for status in statuses]
    depths: list[bytes | None] = await redis.execute_command("HMGET", keys.DEPTH, *fields)
    return any(depths)


async def _best_source(redis: Redis, tenant: str, filter: JobFilter) -> _Source:
    """The shortest in the order that is asked for; or another one, if that is long and the other is not."""
    sources = await _sources(redis, tenant, filter)
    if len(sources) == 1:
        return sources[0]
    sizes = await _sizes(redis, sources, filter)
    by_size = sorted(zip(sizes, sources, strict=True), key=lambda sized: sized[0])
    in_order = [sized for sized in by_size if sized[1].by_score == filter.sort.by_completion]
    size, best = in_order[0]
    least, shortest = by_size[0]
    return best if size <= MOST_SORTED or least > MOST_SORTED else shortest


async def _sizes(redis: Redis, sources: Sequence[_Source], filter: JobFilter) -> list[int]:
    pipe = redis.pipeline(transaction=False)
    for source in sources:
        low, high = _bounds(source, filter)
        for key in source.keys:
            if source.by_score:
                pipe.zcount(key, low[0], f"({high[0]}")
            else:
                pipe.zlexcount(key, f"[{low[1]}" if low[1] else "-", f"({high[1]}" if high[1] else "+")
    counts = iter(await pipe.execute())
    return [sum(next(counts) for _ in source.keys) for source in sources]


async def _sources(redis: Redis, tenant: str, filter: JobFilter) -> list[_Source]:
    types = filter.types or await _types(redis, tenant)
    kinds = [(type, status) for type in types for status in filter.statuses or tuple(Status)]
    sources = [_Source([keys.tag(tenant, tag)]) for tag in filter.tags]
    if filter.parent is not None:
        sources.append(_Source([keys.children(tenant, filter.parent)]))
    if filter.queues and DEFAULT_QUEUE not in filter.queues:
        sources.append(_Source([keys.in_queue(tenant, queue) for queue in filter.queues], by_queue=True))
    if filter.sort.by_completion or filter.completed:
        sources.append(_Source([keys.ended(tenant, *kind) for kind in kinds], by_score=True, by_kind=True))
    if not filter.sort.by_completion or filter.created:
        sources.append(_Source([keys.index(tenant, *kind) for kind in kinds], by_kind=True))
    return sources


async def _types(redis: Redis, tenant: str) -> list[str]:
    members: list[bytes] = await redis.execute_command("SMEMBERS", keys.types(tenant))
    return sorted(member.decode() for member in members)


def _question(source: _Source, tenant: str, filter: JobFilter) -> Question:
    """What to look for in a source: all that it does not know of its jobs."""
    low, high = _bounds(source, filter)
    within = [keys.tag(tenant, tag) for tag in filter.tags]
    if filter.parent is not None:
        within.append(keys.children(tenant, filter.parent))
    needs_time = (filter.completed or filter.sort.by_completion) and not source.by_score
    return Question(
        keys=source.keys,
        order="asc" if filter.sort.is_ascending else "desc",
        by_score=source.by_score,
        low=low,
        high=high,
        wanted=filter.page_size + 1,
        looks=LOOKS,
        ids=_ids(filter.created),
        within=[key for key in within if key not in source.keys],
        statuses=() if source.by_kind else filter.statuses,
        types=() if source.by_kind else filter.types,
        queues=() if source.by_queue else filter.queues,
        time=_times(filter.completed) if needs_time else None,
    )


def _bounds(source: _Source, filter: JobFilter) -> tuple[Bound, Bound]:
    if source.by_score:
        start, end = filter.completed.start, filter.completed.end
        return FIRST if start is None else (str(start), ""), LAST if end is None else (str(end), "")
    first, last = _ids(_created(filter))
    return FIRST if first == NO_ID else ("0", first), LAST if last == ANY_ID else ("0", last)


def _created(filter: JobFilter) -> Span:
    """When a job was created that is looked for: surely before it completed, if the store's clock was right."""
    end, completed = filter.created.end, filter.completed.end
    if completed is None:
        return filter.created
    latest = completed + CLOCK_SET_BACK
    return Span(filter.created.start, latest if end is None else min(end, latest))


def _ids(created: Span) -> tuple[str, str]:
    """The ids of jobs that were created then: from the first on, up to the second."""
    start, end = created.start, created.end
    return NO_ID if start is None else _first_id(start), ANY_ID if end is None else _first_id(end)


def _first_id(ms: int) -> str:
    return uuid7(max(0, ms), 0, 0)


def _times(completed: Span) -> tuple[str, str]:
    return str(completed.start or 0), str(10**15 if completed.end is None else completed.end)


async def _walked(link: Link, question: Question, filter: JobFilter) -> tuple[list[Place], Place | None]:
    """From where the page before ended; and where to go on from, if there may be more."""
    found: list[Place] = []
    reached = Place.read(filter.after) if filter.after else None
    end = time.monotonic() + LONGEST_WALK
    while True:
        step_ = await step(link, _beyond(question, reached, question.wanted - len(found)))
        found += step_.found
        if step_.is_last:
            return found, None
        reached = step_.reached
        if len(found) >= question.wanted or time.monotonic() > end:
            return found, reached


def _beyond(question: Question, reached: Place | None, wanted: int) -> Question:
    if reached is None:
        return question
    if question.order == "asc":
        return structs.replace(question, low=reached.behind, wanted=wanted)
    return structs.replace(question, high=reached.bound, wanted=wanted)


async def _sorted(link: Link, question: Question, filter: JobFilter) -> tuple[list[Place], Place | None]:
    """All of a short index, brought into the order that is asked for, from where the page before ended."""
    found: list[Place] = []
    reached: Place | None = None
    is_last = False
    while not is_last:
        step_ = await step(link, _beyond(question, reached, LOOKS))
        found += step_.found
        reached, is_last = step_.reached, step_.is_last
    if not filter.sort.by_completion:
        found = [Place(0, place.id) for place in found]
    found.sort(key=_in_order, reverse=not filter.sort.is_ascending)
    if filter.after:
        after, ascending = _in_order(Place.read(filter.after)), filter.sort.is_ascending
        found = [place for place in found if (_in_order(place) > after if ascending else _in_order(place) < after)]
    return found[: question.wanted], None


def _in_order(place: Place) -> tuple[int, str]:
    return place.score, place.id


async def read_views(redis: Redis, ids: Sequence[str]) -> tuple[list[JobView], int]:
    """Views, and how many ids were looked at: records are read in steps until their bytes are enough for a page."""
    views: list[JobView] = []
    size = looked_at = 0
    while looked_at < len(ids) and size < MOST_BYTES:
        many = min(STEP, looked_at * STEP_BYTES // size) if size else FIRST_STEP
        chunk = ids[looked_at : looked_at + max(FIRST_STEP, many)]
        texts = await redis.mget([keys.JOB + id for id in chunk] + [keys.PROGRESS + id for id in chunk])
        size += sum(len(text) for text in texts if text)
        looked_at += len(chunk)
        for record, told in zip(texts[: len(chunk)], texts[len(chunk) :], strict=True):
            job = read_job(record)
            if job is not None:
                views.append(JobView(job, decode_progress(told) if told else None))
    return views, looked_at
