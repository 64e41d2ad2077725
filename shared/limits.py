"""What a job in a child process may use. Pure data; `docs/add-a-job-type.md` says what holds where."""

from dataclasses import dataclass, fields

from shared.errors import Misconfigured
from shared.job import JobError

MiB = 1024 * 1024
LEAST: dict[str, float] = {
    "memory": 256 * MiB,  # a child that has loaded all our processors has taken half of it
    "cpu": 0.1,
    "file_size": 0,
    "open_files": 64,  # a child holds some twenty itself
    "processes": 0,
    "output": 0,
}
WORDS = {
    "memory": "The job needed more memory than its limit of {:,} bytes.",
    "cpu": "The job used more processor time than its limit of {:g} s.",
    "file_size": "The job wrote to a file beyond its limit of {:,} bytes.",
    "open_files": "The job opened more files than its limit of {:,}.",
    "processes": "The job started more processes than its limit of {:,}.",
    "output": "The job wrote more to stdout and stderr than its limit of {:,} bytes.",
}


@dataclass(frozen=True)
class Limits:
    """Of a job type, or of all types; None: as the operator has set it."""

    memory: int | None = None  # bytes that each of the job's processes may take
    cpu: float | None = None  # seconds of processor time of them all; unless set: the timeout, on every core
    file_size: int | None = None  # bytes that a file may have which the job writes
    open_files: int | None = None  # files, sockets and pipes that each process may have open at a time
    processes: int | None = None  # that the job may have beside its child at a time
    output: int | None = None  # bytes that the job may write to stdout and stderr

    def over(self, default: "Limits") -> "Limits":
        """These, and the default's where these say nothing."""
        both = ((each.name, getattr(self, each.name), getattr(default, each.name)) for each in fields(self))
        return Limits(**{name: theirs if ours is None else ours for name, ours, theirs in both})


def checked(limits: Limits) -> Limits:
    """Raises `Misconfigured` for one under which nothing runs."""
    for name, least in LEAST.items():
        value = getattr(limits, name)
        if value is not None and value < least:
            raise Misconfigured(f"A limit on {name.replace('_', ' ')} must be at least {least:,}, not {value!r}.")
    return limits


def exceeded(what: str, limits: Limits) -> JobError:
    """The error of a job that met a limit."""
    return JobError(f"{what}_limit", WORDS[what].format(getattr(limits, what)))
