"""What the store answers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import msgspec
from msgspec import Struct, field

from shared.job import DEFAULT_QUEUE, DEFAULT_TENANT, Job, Priority, Status


class Progress(Struct, frozen=True):
    """How far a running job says it is."""

    percent: float
    message: str = ""


encode_progress = msgspec.json.Encoder().encode
decode_progress = msgspec.json.Decoder(Progress).decode


@dataclass(frozen=True)
class JobView:
    """A job, what it told of its work, and the first of those that it waits for, or did."""

    job: Job
    progress: Progress | None = None
    children: Sequence[str] = ()


class Sort(StrEnum):
    """In which order jobs are listed; `-` begins with the newest."""

    NEWEST = "-createdAt"
    OLDEST = "createdAt"
    LAST_COMPLETED = "-completedAt"
    FIRST_COMPLETED = "completedAt"

    @property
    def is_ascending(self) -> bool:
        """From the earliest on."""
        return not self.startswith("-")

    @property
    def by_completion(self) -> bool:
        """By the time when jobs completed: only those are listed that have."""
        return self in {Sort.LAST_COMPLETED, Sort.FIRST_COMPLETED}


@dataclass(frozen=True)
class Span:
    """A time (ms since the epoch) from the first, which belongs to it, to the second, which does not."""

    start: int | None = None
    end: int | None = None

    def __bool__(self) -> bool:
        return self.start is not None or self.end is not None


@dataclass(frozen=True)
class JobFilter:
    """Which jobs, in which order. Any of the statuses, types and queues will do; a job must have all of the tags."""

    statuses: tuple[Status, ...] = ()
    types: tuple[str, ...] = ()
    queues: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    created: Span = Span()
    completed: Span = Span()
    parent: str | None = None
    sort: Sort = Sort.NEWEST
    page_size: int = 50
    after: str = ""  # where the page before ended: its `next`


@dataclass(frozen=True)
class Page:
    """Some of the jobs, and where the next page begins (the `after` to ask for), if there may be one."""

    jobs: list[JobView]
    next: str | None


class RunningJob(Struct, frozen=True, rename="camel"):
    """A job that a worker runs, and since when (ms since the epoch)."""

    job_id: str
    type: str
    since: int
    tenant: str = DEFAULT_TENANT


class WorkerInfo(Struct, frozen=True, rename="camel"):
    """What a worker says of itself, every two seconds. `lua/outlook.lua` reads it, too."""

    id: str
    host: str
    pid: int
    types: tuple[str, ...]
    slots: int
    running: int
    started_at: int
    version: str = ""  # of this distribution
    queues: Mapping[str, int] = field(default_factory=lambda: {DEFAULT_QUEUE: 1})  # to their weights
    memory: int = 0  # bytes, resident, without its children; 0 where it cannot be told
    jobs: tuple[RunningJob, ...] = ()  # what it runs, the oldest first, at most 100
    draining: bool = False  # it takes no more jobs, and ends
    clock: int = 0  # ms since the epoch by its host's clock, as it says this; nothing is decided by it


class Limits(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """What of a queue or a type is paused or limited. `lua/limits.lua` obeys it."""

    paused: bool = False
    max_running: int | None = None
    max_starts_per_second: int | float | None = None


NO_LIMITS = Limits()


@dataclass(frozen=True)
class Rates:
    """How many jobs a second came into a queue, and how many left it, over the last minute."""

    into: float
    out: float

    def wait(self, jobs: int) -> float | None:
        """Seconds until so many jobs will have left, if it goes on like this; None where none has left."""
        return jobs / self.out if self.out else None


@dataclass(frozen=True)
class QueueInfo:
    """How a queue stands."""

    name: str
    limits: Limits
    depth: Mapping[Status, int]
    waiting: int  # jobs that are due and may begin as soon as a worker is free
    oldest_due: int | None  # ms: when the job that has waited longest became due
    rates: Rates
    workers: int  # that serve it, and claim

    @property
    def estimated_wait(self) -> float | None:
        """Seconds until what waits now will have left; None if that cannot be known, or nothing of it may begin."""
        is_held_up = self.oldest_due is not None and not self.waiting
        return None if self.limits.paused or not self.workers or is_held_up else self.rates.wait(self.waiting)


@dataclass(frozen=True)
class Outlook:
    """What stands before a job that waits, at `now` (ms)."""

    now: int
    before: int | None  # jobs that would be taken earlier; None if the job does not wait
    may_begin: bool  # some worker serves it, and nothing that it belongs to is paused
    rates: Rates  # of its queue


@dataclass(frozen=True)
class Tidings:
    """What an attempt tells of its work: progress and a checkpoint (JSON, or empty for none), lines for the log."""

    job_id: str
    fence: int
    progress: bytes
    lines: tuple[str, ...]
    checkpoint: bytes = b""
    parts: tuple[str, ...] = ()  # the ids of the checkpoint's files
    tenant: str = DEFAULT_TENANT  # whose files they are


@dataclass(frozen=True)
class Change:
    """A record to be written, if nobody wrote the job since it stood as it did `before`."""

    before: Job
    job: Job


@dataclass(frozen=True)
class Share:
    """How many jobs of a queue and priority a worker takes at least, if there are as many."""

    queue: str
    priority: Priority
    jobs: int


@dataclass(frozen=True)
class ClaimRequest:
    """What a worker can take now: `slots` jobs, of which at most `children` of the types that run in a child."""

    worker: str
    place: str  # one of the worker's places, which claims once at a time
    nonce: str
    lease: int  # ms
    loop_types: tuple[str, ...]
    child_types: tuple[str, ...]
    slots: int
    children: int
    suspects: int = 1  # jobs that may be what their workers were lost of
    queues: tuple[Share, ...] = (Share(DEFAULT_QUEUE, Priority.NORMAL, 0),)  # the heaviest first


@dataclass(frozen=True)
class Claims:
    """What a worker got: the jobs as they were before the claim, which was made at `now` (of its first call)."""

    now: int
    next_due: int | None
    more: bool
    jobs: list[Job]
