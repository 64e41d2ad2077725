"""Jobs: how they are submitted, and how they are answered. Durations are seconds."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from msgspec import UNSET, Struct, UnsetType, field

from dmps.errors import Problem

FINISHED = frozenset({"completed", "failed", "cancelled"})


class Wire(Struct, frozen=True, kw_only=True, rename="camel"):
    """A thing as it stands on the wire, in camelCase."""


class Backoff(Struct, frozen=True, omit_defaults=True):
    """How long to wait after a failure: exponential, linear or fixed."""

    kind: str
    delay: float | None = None
    max: float | None = None
    jitter: bool | None = None


class Dedup(Struct, frozen=True, omit_defaults=True):
    """One job stands for all with the same key, until it has ended, or for so many seconds."""

    key: str
    seconds: float | None = field(default=None, name="for")


class Options(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """How a job is to be run; what is left out is as its type has it. `docs/api.md` explains each."""

    delay: float | None = None
    run_at: datetime | None = None  # with a time zone
    max_attempts: int | None = None
    timeout: float | None = None
    queue: str | None = None
    priority: str | None = None
    backoff: Backoff | None = None
    max_elapsed: float | None = None
    expires_in: float | None = None
    deadline: float | None = None
    heartbeat: float | None = None
    dedup: Dedup | None = None
    tags: Sequence[str] = ()
    metadata: Mapping[str, Any] | None = None
    keep_for: float | None = None
    on_child_failure: str | None = None
    callback_url: str | None = None


class Submission(Struct, frozen=True):
    """A job to be submitted, after its children. `options` may also be a mapping as it stands on the wire.

    `depends_on` are the ids of jobs that were submitted before and must have ended before it begins.
    """

    type: str
    payload: Any
    options: Options | Mapping[str, Any] = field(default_factory=Options)
    children: "Sequence[Submission]" = ()
    depends_on: Sequence[str] = ()


class Submitted(Wire, frozen=True, kw_only=True):
    """A job that the store holds. `deduplicated`: an earlier one, which stands for yours."""

    job_id: str
    status: str
    deduplicated: bool = False
    message: str = ""


class Entry(Wire, frozen=True, kw_only=True):
    """What became of one job of a batch: it was submitted (`job_id`), or refused (`problem`)."""

    job_id: str | None = None
    status: str | None = None
    deduplicated: bool = False
    problem: Problem | None = None


class Progress(Wire, frozen=True, kw_only=True):
    """How far a job is, in percent, and in its processor's words."""

    percent: float
    message: str = ""


class Failure(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """Why an attempt, or the whole job, failed. `type` is the exception's class."""

    code: str
    message: str
    type: str | None = None


class Attempt(Wire, frozen=True, kw_only=True):
    """One run of a job by a worker; `outcome` is None while it runs."""

    number: int
    worker: str
    started_at: datetime
    ended_at: datetime | None = None
    outcome: str | None = None
    error: Failure | None = None


class ResultFile(Wire, frozen=True, kw_only=True):
    """Where a result is that is too large for the job itself; `result()` fetches it all the same."""

    file_id: str
    size: int


class JobBrief(Wire, frozen=True, kw_only=True):
    """A job in a list: without its payload, result and attempts."""

    id: str
    type: str
    status: str
    created_at: datetime
    run_at: datetime
    started_at: datetime | None = None
    completed_at: datetime | None = None
    expires_at: datetime | None = None
    start_by: datetime | None = None
    deadline_at: datetime | None = None
    cancel_requested_at: datetime | None = None
    progress: Progress | None = None
    error: Failure | None = None
    priority: str = "normal"
    queue: str = "default"
    tags: Sequence[str] = ()
    metadata: Mapping[str, Any] | None = None
    request_id: str | None = None
    traceparent: str | None = None
    max_attempts: int
    timeout: float
    heartbeat: float | None = None
    backoff: Backoff | None = None
    max_elapsed: float | None = None
    keep_for: float | None = None
    replay_of: str | None = None
    parent_id: str | None = None
    schedule_id: str | None = None
    callback_url: str | None = None
    children: Sequence[str] = ()
    child_count: int = 0
    on_child_failure: str = "fail"
    links: Mapping[str, str] = field(default_factory=dict)

    @property
    def has_ended(self) -> bool:
        """Whether it is completed, failed or cancelled."""
        return self.status in FINISHED


class Job(JobBrief, frozen=True, kw_only=True):
    """All there is to know of a job. `position` and the estimate are those of one that waits."""

    payload: Any = None
    result: Any = None
    result_file: ResultFile | None = None
    attempts: Sequence[Attempt] = ()
    position: int | UnsetType | None = UNSET
    estimated_start_at: datetime | UnsetType | None = UNSET


class JobPage(Wire, frozen=True, kw_only=True):
    """Some jobs, and where the next ones are."""

    jobs: Sequence[JobBrief]
    next_page_token: str | None = None


class Log(Wire, frozen=True, kw_only=True):
    """Lines that a job's processor wrote, the oldest first. `offset` is that of the first of them."""

    lines: Sequence[str]
    offset: int = 0
    total: int = 0
    next_offset: int | None = None


class Event(Struct, frozen=True):
    """Something that happened to a job: `name` is its new status, `progress`, `log`, or `reset` where some were lost.

    `id` is what to give as `last_event_id` to hear what comes after it; `data` is as it came.
    """

    id: str
    name: str
    data: Mapping[str, Any]

    @property
    def job_id(self) -> str:
        """The job it is about; empty in the `reset` of many."""
        return str(self.data.get("jobId") or self.data.get("id") or "")

    @property
    def is_end(self) -> bool:
        """Whether the job has ended."""
        return self.name in FINISHED or (self.name == "reset" and self.data.get("status") in FINISHED)


class Node(Wire, frozen=True, kw_only=True):
    """A job of a tree, and the ids of those that it waits for; without a status and a type once it has been removed."""

    id: str
    status: str | None = None
    type: str | None = None
    children: Sequence[str] = ()


class Tree(Wire, frozen=True, kw_only=True):
    """A job and all that it waits for: each once, level by level. `counts` are those by status."""

    id: str
    counts: Mapping[str, int]
    is_whole: bool = True
    jobs: Sequence[Node]
