"""The limits of a job in force: what the kernel holds (rlimits, in the child), and how one that was met is told."""

import errno
import os
import resource
from dataclasses import replace

from msgspec import structs

from shared.limits import Limits, exceeded
from worker_service.failures import Failure
from worker_service.no_processes import REFUSED

SLACK = 2  # seconds: the kernel counts whole ones, and only one process; the warden is more exact, and is to come first
RLIMITS = {
    "memory": resource.RLIMIT_DATA,  # heap and private mappings; RLIMIT_AS breaks some libraries
    "file_size": resource.RLIMIT_FSIZE,
    "open_files": resource.RLIMIT_NOFILE,
}
HARD = {what: resource.getrlimit(what)[1] for what in (resource.RLIMIT_CPU, *RLIMITS.values())}
CORES = os.cpu_count() or 1
BY_ERRNO = {errno.EFBIG: "file_size", errno.EMFILE: "open_files", errno.ENOMEM: "memory", REFUSED: "processes"}


def in_force(limits: Limits) -> Limits:
    """What truly holds: no more than the hard limits of the system, which stay as they are."""
    return replace(limits, **{name: _bounded(what, getattr(limits, name)) for name, what in RLIMITS.items()})


def timed(limits: Limits, timeout: float) -> Limits:
    """With the processor time of a job that has no limit of its own: its timeout, on every core."""
    return limits if limits.cpu is not None else replace(limits, cpu=timeout * CORES)


def limit(limits: Limits) -> None:
    """This process, from now on, as far as the kernel does it. Soft limits: the next job may have others."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    seconds = int(used.ru_utime + used.ru_stime + (limits.cpu or 0)) + SLACK
    for what, soft in ((resource.RLIMIT_CPU, seconds), *((RLIMITS[name], getattr(limits, name)) for name in RLIMITS)):
        resource.setrlimit(what, (soft, HARD[what]))


def named(failure: Failure, error: BaseException, limits: Limits) -> Failure:
    """A failure that comes of a limit says so; whether it is tried again does not change."""
    if failure.error.code not in {"exception", "memory_limit"}:
        return failure
    what = _limit_behind(error)
    return failure if what is None else structs.replace(failure, error=exceeded(what, limits))


def _limit_behind(error: BaseException) -> str | None:
    """A library may say in words of its own what the kernel has refused, or raise another error for it."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, MemoryError):
            return "memory"
        for number, what in BY_ERRNO.items():
            if getattr(cause, "errno", None) == number or os.strerror(number) in _words(cause):
                return what
        cause = cause.__cause__ or cause.__context__
    return None


def _words(error: BaseException) -> str:
    try:
        return str(error)
    except Exception:  # noqa: BLE001 - a `__str__` that raises must not cost us the job
        return ""


def _bounded(what: int, soft: int) -> int:
    return soft if HARD[what] == resource.RLIM_INFINITY else min(soft, HARD[what])
