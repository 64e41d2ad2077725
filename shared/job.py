"""The job: its record, frozen. Times are milliseconds since the epoch, by the store's clock; durations are seconds.

The record is one JSON object. Its first members, up to and including `tags`, are its *head*: always present, always in
this order, because the store's scripts read and write them there (`store/lua/record.lua`). Everything else is the
business of `lifecycle` alone.
"""

from enum import StrEnum
from typing import Required, TypedDict

from msgspec import Raw, Struct

from shared.retry import RetryPolicy

DAY = 86_400.0  # seconds
DEFAULT_TENANT = "default"
DEFAULT_QUEUE = "default"
NOBODY = ""  # the worker of a job that nobody holds
NOTHING = Raw(b"null")  # no result, no metadata


class Status(StrEnum):
    """Where a job stands. `docs/glossary.md` says who moves it on, `lifecycle.TRANSITIONS` where to."""

    PENDING = "pending"  # may run now
    SCHEDULED = "scheduled"  # not yet due
    BLOCKED = "blocked"  # waits for its children
    PROCESSING = "processing"  # a worker holds its lease
    RETRYING = "retrying"  # waits for its next attempt
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Priority(StrEnum):
    """Who goes first within a queue. None of them is ever starved."""

    HIGH = "high"
    NORMAL = "normal"
    LOW = "low"


FINISHED = frozenset({Status.COMPLETED, Status.FAILED, Status.CANCELLED})
QUEUED = frozenset({Status.PENDING, Status.SCHEDULED, Status.RETRYING})


class OnChildFailure(StrEnum):
    """What becomes of a job when one that it waits for has failed, or was cancelled."""

    FAIL = "fail"  # it fails, too, at once
    CONTINUE = "continue"  # it runs once all have ended, and is told which failed, and why
    IGNORE = "ignore"  # it runs once all have ended, with the results that there are
    RETRY = "retry"  # those that failed get all their attempts again; that costs it one of its own


class Outcome(StrEnum):
    """How an attempt ended."""

    COMPLETED = "completed"
    FAILED = "failed"
    LOST = "lost"  # its worker went away without a word
    INTERRUPTED = "interrupted"  # its worker was told to stop and handed the job back
    SNOOZED = "snoozed"  # its processor asked to be called again later
    WAITED = "waited"  # its processor added children, and waits for them
    CANCELLED = "cancelled"  # somebody cancelled the job, and it stopped


class JobError(Struct, frozen=True, omit_defaults=True):
    """Why an attempt, or the whole job, failed. `code` is for programs, `message` for people."""

    code: str
    message: str
    type: str | None = None  # the exception's class, where there was one


class Attempt(Struct, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """One run of a job by a worker, once it has ended."""

    number: int  # counts runs, from 1
    worker: str
    started_at: int
    ended_at: int
    outcome: Outcome
    error: JobError | None = None


class Keep(Struct, frozen=True, omit_defaults=True):
    """Seconds that a finished job is kept, by its last status."""

    completed: float = DAY
    failed: float = 7 * DAY
    cancelled: float = DAY


class ResultFile(Struct, frozen=True, rename="camel"):
    """A result that is too large for a record: a file of the job's tenant."""

    file_id: str
    bytes: int


class Terms(TypedDict, total=False):
    """What a submission says of a job as the record keeps it; most of it may be left out."""

    max_attempts: Required[int]
    timeout: Required[float]  # seconds an attempt may run
    metadata: Raw
    request_id: str | None
    traceparent: str | None
    dedup: str
    dedup_for: float | None
    keep_for: float | None
    keep: Keep | None
    backoff: RetryPolicy | None
    max_elapsed: float | None
    heartbeat: float | None
    on_child_failure: OnChildFailure
    callback_url: str | None
    parent_id: str | None
    depends_on: tuple[str, ...]


class Family(TypedDict, total=False):
    """Whom a new job waits for, and who for it."""

    parent_id: str | None
    depends_on: tuple[str, ...]
    own_children: int  # how many are submitted with it


class Job(Struct, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """One piece of work and all that has happened to it."""

    # The head: these fields, in this order.
    rev: int  # counts writes; every write compares it
    fence: int  # counts claims; an attempt's end is written only under its own fence
    status: Status
    type: str
    tenant: str
    queue: str
    priority: Priority
    claimed_at: int  # 0 while nobody holds it
    worker: str
    losses: int  # attempts lost with their worker
    tags: tuple[str, ...]

    id: str
    created_at: int
    run_at: int  # due then; also its place in the queue
    dedup: str = ""  # the hash of the key by which it stands for others, if it has one; scripts read it here
    payload: Raw  # as it came
    max_attempts: int
    timeout: float  # seconds an attempt may run
    backoff: RetryPolicy | None = None  # None: as the job type says
    max_elapsed: float | None = None  # seconds after the first start in which an attempt may be tried again
    start_by: int | None = None  # the first attempt must begin by then
    deadline_at: int | None = None  # all attempts must have ended by then
    heartbeat: float | None = None  # seconds that a running attempt may go without telling of its work
    cancel_requested_at: int | None = None  # while it still runs
    dedup_for: float | None = None  # seconds that it stands for others; None: until it has ended
    keep_for: float | None = None  # seconds a finished job is kept; None: as `keep` says
    keep: Keep | None = None  # None: as `Keep` has it
    metadata: Raw = NOTHING  # as it came
    request_id: str | None = None  # X-Request-ID of the request that submitted it, if it had one
    traceparent: str | None = None  # the same of W3C's Trace Context
    replay_of: str | None = None  # the job whose work this one does again
    parent_id: str | None = None  # the job that waits for it, and was submitted with it or added it
    depends_on: tuple[str, ...] = ()  # jobs that it waits for, and that were there before it
    child_count: int = 0  # jobs that it waits for, or has waited for: those, and its own children
    on_child_failure: OnChildFailure = OnChildFailure.FAIL
    waits: int = 0  # times that its processor added children
    schedule_id: str | None = None  # the schedule that it is of
    callback_url: str | None = None  # where its end is told
    started_at: int | None = None  # of the first attempt
    completed_at: int | None = None
    expires_at: int | None = None  # of a finished job: when its record goes
    failures: int = 0  # attempts that count against max_attempts
    attempts: tuple[Attempt, ...] = ()
    error: JobError | None = None
    result: Raw = NOTHING
    result_file: ResultFile | None = None  # in place of `result`; the last member: `lua/forget.lua` finds it there
