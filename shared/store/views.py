"""What the store answers."""

from dataclasses import dataclass

import msgspec
from msgspec import Struct

from shared.job import Job, Status


class Progress(Struct, frozen=True):
    """How far a running job says it is."""

    percent: float
    message: str = ""


encode_progress = msgspec.json.Encoder().encode
decode_progress = msgspec.json.Decoder(Progress).decode


@dataclass(frozen=True)
class JobView:
    """A job, and what it told of its work."""

    job: Job
    progress: Progress | None = None


@dataclass(frozen=True)
class JobFilter:
    """Which jobs, newest first. `before` is the id that the page before ended with."""

    statuses: tuple[Status, ...] = ()
    types: tuple[str, ...] = ()
    tag: str | None = None
    page_size: int = 50
    before: str = ""


@dataclass(frozen=True)
class Page:
    """Some of the jobs, and where the next page begins (the `before` to ask for), if there may be one."""

    jobs: list[JobView]
    next: str | None


class WorkerInfo(Struct, frozen=True, rename="camel"):
    """What a worker says of itself, every two seconds."""

    id: str
    host: str
    pid: int
    types: tuple[str, ...]
    slots: int
    running: int
    started_at: int


@dataclass(frozen=True)
class Tidings:
    """What an attempt tells of its work: progress (JSON, or empty for none) and lines for the log."""

    job_id: str
    fence: int
    progress: bytes
    lines: tuple[str, ...]


@dataclass(frozen=True)
class Change:
    """A record to be written, if nobody wrote the job since it stood as it did `before`."""

    before: Job
    job: Job


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


@dataclass(frozen=True)
class Claims:
    """What a worker got: the jobs as they were before the claim, which was made at `now` (of its first call)."""

    now: int
    next_due: int | None
    more: bool
    jobs: list[Job]
