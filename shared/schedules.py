"""Schedules: jobs that recur. Pure: times are ms since the epoch, by the store's clock, and arrive as arguments.

`take` is all that a schedule ever does: it says what becomes of the ticks that are due. Its answer is written in one
step (`store/schedules.py`), and only if nobody has written the schedule since; so each tick is taken once.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import blake2b
from itertools import takewhile

from msgspec import Raw, Struct
from msgspec.structs import replace

from shared.ids import RANDOM_BITS, SEQUENCE_BITS, uuid7
from shared.job import NOTHING, Job, Status
from shared.ticks import Timing

ON_TIME = 10_000  # ms: a tick that is taken within that is on time, though its worker was lost on the way
LOOK_AGAIN = 1_000  # ms after which to see whether the last job has ended
MOST = 100  # ticks that are taken in one step, and that wait for a job to end
HEAVIEST = 4 * 1024 * 1024  # bytes of payloads in one step: the store must answer it well within the socket's timeout


class Overlap(StrEnum):
    """What becomes of a tick while the last job has not ended."""

    SKIP = "skip"
    QUEUE = "queue"  # it waits for that
    CANCEL_OLD = "cancelOld"
    ALLOW = "allow"


class CatchUp(StrEnum):
    """What becomes of the ticks that nobody took in time, because no worker or no store was there."""

    NONE = "none"
    ONE = "one"  # the first of them stands for all
    ALL = "all"


class Taken(StrEnum):
    """What became of a tick."""

    SUBMITTED = "submitted"
    SKIPPED = "skipped"  # the last job had not ended
    MISSED = "missed"  # nobody was there
    FAILED = "failed"  # no job could be made; it is tried again


class Entry(Struct, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """What became of a tick, or of all ticks until a time."""

    tick: int
    at: int  # when it was taken
    outcome: Taken
    until: int | None = None
    job_id: str | None = None
    error: str | None = None
    by_hand: bool = False


class Schedule(Struct, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """What recurs, when, and how far it is. Durations are seconds."""

    # The head: scripts read it.
    rev: int  # counts writes; every write compares it
    last_job_id: str = ""

    id: str
    tenant: str
    created_at: int
    name: str = ""
    cron: str | None = None
    every: float | None = None
    time_zone: str = "UTC"
    start_at: int | None = None
    end_at: int | None = None
    overlap: Overlap = Overlap.SKIP
    catch_up: CatchUp = CatchUp.ONE
    catch_up_window: float = 86_400.0
    jitter: float = 0.0
    paused: bool = False
    job: Job  # what each of its jobs is made of: as if it had been submitted at the time 0
    options: Raw = NOTHING  # the job's, as they came
    next_run_at: int | None = None  # the first tick that nobody has taken; None after the last
    last_run_at: int | None = None  # the last tick that had a job
    waiting: tuple[int, ...] = ()  # ticks that wait for the last job to end

    @property
    def timing(self) -> Timing:
        """When its ticks are."""
        anchor = self.created_at if self.start_at is None else self.start_at
        every = None if self.every is None else round(self.every * 1000)
        return Timing(anchor, self.cron, every, self.time_zone, self.start_at, self.end_at)


@dataclass(frozen=True)
class Step:
    """A schedule as it is to be written, what became of its ticks, and the jobs to submit in the same step."""

    schedule: Schedule
    entries: Sequence[Entry] = ()
    jobs: Sequence[Job] = ()
    cancels: str = ""  # the job that is to be cancelled before


@dataclass
class _Due:
    """The ticks that are due and to be run, what became of the others, and the tick after."""

    runs: list[int] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    next: int | None = None


def begun(schedule: Schedule, now: int) -> Schedule:
    """A schedule that is new, or whose ticks are others now: it looks ahead only. Raises `NoSuchCron`."""
    return replace(schedule, next_run_at=schedule.timing.after(now), waiting=())


def revised(old: Schedule, new: Schedule, now: int) -> Schedule:
    """`new` in place of `old`. A tick that is due is lost only if there are other ticks now. Raises `NoSuchCron`."""
    facts = {"rev": old.rev + 1, "last_job_id": old.last_job_id, "last_run_at": old.last_run_at}
    new = replace(new, id=old.id, tenant=old.tenant, created_at=old.created_at, **facts)
    if new.timing != old.timing or (old.paused and not new.paused):
        return begun(new, now)
    return replace(new, next_run_at=old.next_run_at, waiting=old.waiting if new.overlap is Overlap.QUEUE else ())


def paused(schedule: Schedule, now: int, *, is_paused: bool) -> Schedule:
    """Paused or resumed. Ticks that come meanwhile are nobody's."""
    return schedule if schedule.paused is is_paused else revised(schedule, replace(schedule, paused=is_paused), now)


def look_at(schedule: Schedule, now: int) -> int | None:
    """When there is something to do for it; None if never."""
    if schedule.paused:
        return None
    times = (schedule.next_run_at, now + LOOK_AGAIN if schedule.waiting else None)
    return min((time for time in times if time is not None), default=None)


def take(schedule: Schedule, now: int, *, is_busy: bool) -> Step:
    """What becomes of the ticks that are due. `is_busy`: the last job has not ended. Raises `NoSuchCron`."""
    due = _due(schedule, now)
    runs, skipped, waiting = _overlapping(schedule, due.runs, is_busy=is_busy)
    jobs = [job_of(schedule, tick, now) for tick in runs]
    entries = [*due.entries, *(Entry(tick=tick, at=now, outcome=Taken.SKIPPED) for tick in skipped)]
    entries += [
        Entry(tick=tick, at=now, outcome=Taken.SUBMITTED, job_id=job.id) for tick, job in zip(runs, jobs, strict=True)
    ]
    entries.sort(key=lambda entry: entry.tick)
    after = replace(schedule, rev=schedule.rev + 1, next_run_at=due.next, waiting=tuple(waiting))
    if jobs:
        after = replace(after, last_job_id=jobs[-1].id, last_run_at=runs[-1])
    cancels = is_busy and bool(jobs) and schedule.overlap is Overlap.CANCEL_OLD
    return Step(after, entries, jobs, schedule.last_job_id if cancels else "")


def run_now(schedule: Schedule, id: str, now: int) -> Step:
    """A job beside the ticks, whatever else runs: they are held up by each other, and not by this."""
    job = replace(_made(schedule, now, now), id=id)
    after = replace(schedule, rev=schedule.rev + 1)
    entry = Entry(tick=now, at=now, outcome=Taken.SUBMITTED, job_id=id, by_hand=True)
    return Step(after, [entry], [job])


def failed(schedule: Schedule, now: int, error: str) -> Step:
    """Nothing can be made of the tick that is due."""
    tick = now if schedule.next_run_at is None else schedule.next_run_at
    entry = Entry(tick=tick, at=now, outcome=Taken.FAILED, error=error)
    return Step(replace(schedule, rev=schedule.rev + 1), [entry])


def job_of(schedule: Schedule, tick: int, now: int) -> Job:
    """The job of a tick: the same one, under the same id, whoever makes it. With jitter it runs up to that later."""
    bits = int.from_bytes(blake2b(f"{schedule.id} {tick}".encode(), digest_size=16).digest())
    id = uuid7(tick, bits >> RANDOM_BITS & (1 << SEQUENCE_BITS) - 1, bits & (1 << RANDOM_BITS) - 1)
    delay = int(schedule.jitter * 1000 * (bits >> 96) / (1 << 32))
    return replace(_made(schedule, max(tick + delay, now), now), id=id)


def _made(schedule: Schedule, time: int, now: int) -> Job:
    job = schedule.job
    due = time + job.run_at
    return replace(
        job,
        status=Status.SCHEDULED if due > now else Status.PENDING,
        created_at=now,
        run_at=due,
        start_by=None if job.start_by is None else time + job.start_by,
        deadline_at=None if job.deadline_at is None else time + job.deadline_at,
        schedule_id=schedule.id,
    )


def _due(schedule: Schedule, now: int) -> _Due:
    due, timing, on_time = _Due(next=schedule.next_run_at), schedule.timing, now - ON_TIME
    if due.next is not None and due.next < on_time:
        _catch_up(schedule, due, timing, now)
    if due.next is None:
        return due
    found = takewhile(lambda tick: tick <= now, timing.ticks(due.next - 1))
    most = min(MOST, HEAVIEST // len(memoryview(schedule.job.payload)))  # a payload is a megabyte at the most
    due.runs += [tick for tick, _ in zip(found, range(max(1, most - len(due.runs))), strict=False)]
    if due.runs:
        due.next = timing.after(due.runs[-1]) if due.runs[-1] >= due.next else due.next
    return due


def _catch_up(schedule: Schedule, due: _Due, timing: Timing, now: int) -> None:
    """Of the ticks that nobody took in time, which are run all the same."""
    on_time, oldest = now - ON_TIME, due.next or 0
    window = 0 if schedule.catch_up is CatchUp.NONE else round(schedule.catch_up_window * 1000)
    kept = min(on_time, now - window) if window else on_time
    if oldest < kept:
        due.entries.append(Entry(tick=oldest, at=now, outcome=Taken.MISSED, until=kept))
        due.next = timing.after(kept - 1)
    if schedule.catch_up is CatchUp.ONE and due.next is not None and due.next < on_time:
        due.runs = [due.next]
        other = timing.after(due.next)
        if other is not None and other < on_time:
            due.entries.append(Entry(tick=other, at=now, outcome=Taken.MISSED, until=on_time))
        due.next = timing.after(on_time - 1)


def _overlapping(
    schedule: Schedule, due: Sequence[int], *, is_busy: bool
) -> tuple[Sequence[int], Sequence[int], Sequence[int]]:
    """Which ticks are run, skipped, and wait on."""
    match schedule.overlap:
        case Overlap.ALLOW:
            return due, (), ()
        case Overlap.SKIP:
            free = 0 if is_busy else 1
            return due[:free], due[free:], ()
        case Overlap.CANCEL_OLD:
            return due[-1:], due[:-1], ()
        case Overlap.QUEUE:
            line = (*schedule.waiting, *due)
            free = 0 if is_busy else 1
            return line[:free], line[free + MOST :], line[free : free + MOST]
