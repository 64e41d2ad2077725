"""Many jobs at once, and what became of jobs."""

import pytest

from dmps import Client, InvalidRequest, NotFound, Options, Submission
from tests.dmps.cli.conftest import Dmps, dmps
from tests.dmps.conftest import steps

__all__ = ["dmps"]  # the fixture

NOBODY = "01a20bd9-6453-76ed-b412-7526b44b1ca6"


def failed(client: Client, tag: str, count: int = 3) -> list[str]:
    options = Options(tags=[tag])
    jobs = [client.submit("scripted", steps({"do": "reject", "message": "no row 7"}), options) for _ in range(count)]
    return [client.wait(job.job_id).id for job in jobs]


def test_all_jobs_that_fit_are_acted_on(client: Client) -> None:
    ids = failed(client, "bulk")
    count = client.count_bulk("delete", tag=["bulk"], status=["failed"])
    assert (count.matched, count.is_exact) == (3, True)
    heard: list[int] = []
    begun = client.start_bulk("delete", tag=["bulk"], createdAfter="2020-01-01T00:00:00Z")
    ended = client.wait_bulk(begun.id, timeout=20, on_progress=lambda found: heard.append(found.done))
    assert (ended.status, ended.done, heard[-1]) == ("completed", 3, 3)
    assert client.bulk(begun.id) == ended
    with pytest.raises(NotFound):
        client.get(ids[0])
    with pytest.raises(NotFound):
        client.bulk(NOBODY)


def test_no_filter_at_all_must_be_meant(client: Client) -> None:
    with pytest.raises(InvalidRequest, match="/filter"):
        client.count_bulk("cancel")
    assert client.count_bulk("cancel", everything=True).matched >= 0


def test_the_command_counts_and_does_it_when_told_so(dmps: Dmps, client: Client) -> None:
    ids = failed(client, "by-hand", 2)
    assert dmps("bulk", "delete", "--tag", "by-hand").out == "2 jobs fit. Nothing was done: --yes does it.\n"
    assert client.get(ids[0]).status == "failed"
    assert dmps("bulk", "delete", "--tag", "by-hand", "--status", "failed", "--yes").out == "delete: 2 done\n"
    assert dmps("bulk", "delete", "--tag", "by-hand", "--yes", "--json").json["done"] == 0
    for arguments in (["delete"], ["delete", "--all", "--tag", "by-hand"]):
        refused = dmps("bulk", *arguments, "--yes")
        assert (refused.status, refused.out) == (2, "")
        assert "or --all" in refused.err


def test_what_jobs_failed_of_is_grouped(dmps: Dmps, client: Client) -> None:
    ids = failed(client, "grouped", 2)
    group = next(each for each in client.error_groups(type=["scripted"]).errors if each.message == "no row #")
    assert (group.code, group.example.error.message) == ("rejected", "no row 7")
    assert group.count >= 2
    assert ids[-1] in dmps("errors", "--type", "scripted").out
    assert dmps("errors", "--queue", "nobody").out == "No job has failed.\n"


def test_what_became_of_jobs_is_counted(dmps: Dmps, client: Client) -> None:
    client.run("noop", steps())
    hour, day = client.statistics(), client.statistics("day")
    assert (hour.window, hour.step, day.step) == ("hour", 60, 900)
    assert sum(point.completed for point in hour.points) >= 1
    assert "SUBMITTED" in dmps("statistics").out
    assert dmps("statistics", "--window", "day", "--json").json["window"] == "day"


def test_a_job_waits_for_others_and_they_are_cancelled_together(dmps: Dmps, client: Client) -> None:
    first = client.submit("noop", steps(), Options(delay=3600)).job_id
    second = client.submit("noop", steps(), Options(on_child_failure="continue"), depends_on=[first])
    third = dmps("submit", "noop", '{"attempts": []}', "--after", second.job_id).out.strip()
    (fourth,) = client.submit_many([Submission("noop", steps(), depends_on=[first])])
    job = client.get(third)
    assert (job.status, job.children, job.child_count, job.on_child_failure) == ("blocked", [second.job_id], 1, "fail")
    assert dmps("cancel", third, "--subtree").status == 0
    assert {client.get(id).status for id in (second.job_id, third)} == {"cancelled"}
    assert client.get(first).status == "scheduled"  # the fourth waits for it, too
    client.cancel(str(fourth.job_id))
    client.cancel(first)
