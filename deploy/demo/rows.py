"""What is shown of jobs: a row each. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from dmps import Job

LONGEST = 56  # characters of a note


@dataclass(frozen=True)
class Row:
    """A job as it stands. `percent` is None where nothing was told."""

    name: str
    status: str
    percent: float | None = None
    note: str = ""


@dataclass
class Names:
    """Short names for workers, in the order in which they are met: `worker 1`; and which of them were killed."""

    known: dict[str, str] = field(default_factory=dict)
    killed: set[str] = field(default_factory=set)

    def of(self, worker: str) -> str:
        """The name of a worker."""
        return self.known.setdefault(worker, f"worker {len(self.known) + 1}")


Brief = Callable[[Any], str]  # a result in a few words


def row_of(name: str, job: Job, names: Names, brief: Brief) -> Row:
    """The row of a job."""
    percent = 100.0 if job.status == "completed" else job.progress.percent if job.progress else None
    return Row(name, job.status, percent, _note(job, names, brief)[:LONGEST])


def lost(job: Job) -> Sequence[str]:
    """The workers with which attempts of that job were lost."""
    return [attempt.worker for attempt in job.attempts if attempt.outcome == "lost"]


def figures(result: Mapping[str, Any]) -> str:
    """The members of a result, side by side."""
    return ", ".join(f"{name} {value}" for name, value in result.items())


def first_record(result: Mapping[str, Any]) -> str:
    """What became of the first telephone number and of the records that could not be read."""
    first, *_ = result["records"]
    invalid = sum(report["invalid"] for report in result["report"])
    return f"{first['enriched']['phone']['international']}, {invalid} invalid"


def first_output(result: Mapping[str, Any]) -> str:
    """The picture that was made."""
    first, *_ = result["outputs"]
    return f"{first['mediaType']}, {first['width']} x {first['height']}, {first['bytes']:,} bytes"


def records(result: Mapping[str, Any]) -> str:
    """How many records a file has now."""
    return f"{result['file']['records']:,} records"


def _note(job: Job, names: Names, brief: Brief) -> str:
    gone = "".join(f", {names.of(worker)} lost" for worker in lost(job))
    if job.error is not None:
        return f"{job.error.message}{gone}"
    if not job.attempts:
        return ""
    last = job.attempts[-1]
    run = f"run {last.number} on {names.of(last.worker)}"
    if job.status == "completed":
        return f"{brief(job.result)}, {run}{gone}" if gone else brief(job.result)
    return f"{run}{', killed' * (last.worker in names.killed)}{gone}"
