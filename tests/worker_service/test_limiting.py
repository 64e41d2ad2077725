import errno
import os
import resource

import pytest

from shared.job import JobError
from shared.limits import Limits
from worker_service.failures import Failure, failure_of
from worker_service.limiting import HARD, in_force, named, timed
from worker_service.processors import Reject

LIMITS = Limits(memory=2**30, cpu=None, file_size=1000, open_files=100, processes=0, output=0)


class LibraryError(Exception):
    """What a library raises in place of what the system said."""


def chained(cause: BaseException) -> BaseException:
    error = LibraryError("could not write")
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "code", "value"),
    [
        (OSError(errno.EUSERS, "Too many users"), "processes_limit", "0"),
        (MemoryError(), "memory_limit", "1,073,741,824 bytes"),
        (OSError(errno.EFBIG, "File too large"), "file_size_limit", "1,000 bytes"),
        (OSError(errno.EMFILE, "Too many open files"), "open_files_limit", "100"),
        (LibraryError(f"IO Error: {os.strerror(errno.EFBIG)} (27)"), "file_size_limit", "1,000 bytes"),
        (chained(OSError(errno.EMFILE, "Too many open files")), "open_files_limit", "100"),
        (chained(MemoryError()), "memory_limit", "1,073,741,824 bytes"),
    ],
)
def test_a_failure_that_comes_of_a_limit_names_it_and_its_value(error: BaseException, code: str, value: str) -> None:
    failure = named(failure_of(error, {}), error, LIMITS)
    assert failure.error.code == code
    assert value in failure.error.message


@pytest.mark.parametrize("error", [ValueError("no"), OSError(errno.ENOENT, "none"), Reject("too large")], ids=repr)
def test_another_failure_stays_what_it_is(error: BaseException) -> None:
    failure = failure_of(error, {})
    assert named(failure, error, LIMITS) == failure


def test_whether_a_job_is_tried_again_does_not_depend_on_the_name_of_its_failure() -> None:
    failure = Failure(JobError("exception", "File too large", "OSError"), final=True)
    assert named(failure, OSError(errno.EFBIG, "File too large"), LIMITS).final


def test_without_a_limit_a_job_has_the_processor_time_of_its_timeout_on_every_core() -> None:
    assert timed(LIMITS, 5.0).cpu == 5.0 * (os.cpu_count() or 1)
    assert timed(Limits(cpu=2.0), 5.0).cpu == 2.0


def test_a_hard_limit_of_the_system_is_the_one_that_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(HARD, resource.RLIMIT_NOFILE, 80)
    assert in_force(LIMITS).open_files == 80
