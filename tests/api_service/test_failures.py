from collections.abc import Callable

import pytest

from api_service.failures import groups, normalised
from shared import lifecycle
from shared.job import Job, JobError

NOW = 1_700_000_000_000


@pytest.mark.parametrize(
    ("message", "other"),
    [
        ("no row 17", "no row 4,711"),
        ("no job 017f22e2-79b0-7cc3-98c4-dc0c0c07398f", "no job 01a20bd9-6453-76ed-b412-7526b44b1ca6"),
        ("commit 7c8576e1b2 is bad", "commit a5f3c8e0d11 is bad"),
        ("at 0x7f3a90", "at 0xdeadbeef"),
        ("no such file: 'a.png'", "no such file: 'another one.png'"),
        ('"x" is no number', '"y" is no number'),
        ("broken\nTraceback 1", "broken\nelse"),
    ],
)
def test_messages_that_say_the_same_are_the_same(message: str, other: str) -> None:
    assert normalised(message) == normalised(other)


@pytest.mark.parametrize(("message", "other"), [("no row", "no table"), ("feedback", "deadbeefs"), ("", "x")])
def test_messages_that_say_something_else_are_not(message: str, other: str) -> None:
    assert normalised(message) != normalised(other)


def test_an_endless_message_is_no_trouble() -> None:
    assert len(normalised("'" * 100_000 + "0" * 100_000)) <= 200


def test_the_largest_group_is_first_and_shows_its_newest_job(new_job: Callable[..., Job]) -> None:
    def failed(message: str, at: int, **facts: str) -> Job:
        job = lifecycle.claim(new_job(now=NOW, **facts), "w", NOW)
        return lifecycle.reject(job, NOW + at, JobError("exception", message, "ValueError"))

    jobs = [failed("row 3", 3), failed("row 2", 2), failed("lost", 1), failed("row 1", 0, type="other")]
    first, *others = groups(jobs)
    assert (first["type"], first["message"], first["count"]) == ("calculation", "row #", 2)
    assert (first["example"]["jobId"], first["exception"]) == (jobs[0].id, "ValueError")
    assert first["newestAt"] > first["oldestAt"]
    assert [group["count"] for group in others] == [1, 1]
