"""Schedules, by the client and by the command."""

import json
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest

from dmps import Client, InvalidRequest, NotFound, Schedule
from tests.dmps.cli.conftest import Dmps, dmps

__all__ = ["dmps"]  # the fixture


NIGHTLY: dict[str, Any] = {
    "name": "nightly",
    "cron": "30 2 * * *",
    "timeZone": "Europe/Berlin",
    "job": {"type": "calculation", "payload": {"operation": "sum", "numbers": [1, 2]}},
}


@pytest.fixture
def nightly(client: Client) -> Iterator[Schedule]:
    made = client.create_schedule(NIGHTLY)
    yield made
    with suppress(NotFound):
        client.delete_schedule(made.id)


def test_a_schedule_is_made_changed_and_removed(client: Client, nightly: Schedule) -> None:
    assert (nightly.cron, nightly.time_zone, nightly.paused) == ("30 2 * * *", "Europe/Berlin", False)
    assert nightly.id in {each.id for each in client.schedules()}
    assert client.change_schedule(nightly.id, {"name": "daily"}).name == "daily"
    assert client.pause_schedule(nightly.id).paused
    assert not client.resume_schedule(nightly.id).paused
    assert client.schedule_times(nightly.id, 3)[0] == client.schedule(nightly.id).next_run_at
    client.delete_schedule(nightly.id)
    with pytest.raises(NotFound):
        client.schedule(nightly.id)


def test_a_schedule_runs_when_it_is_asked_to(client: Client, nightly: Schedule) -> None:
    job = client.wait(client.run_schedule(nightly.id).job_id)
    assert (job.result, job.schedule_id) == ({"sum": 3}, nightly.id)
    (tick,) = client.schedule_history(nightly.id)
    assert (tick.job_id, tick.by_hand) == (job.id, True)


def test_a_bad_schedule_is_refused_by_pointer(client: Client) -> None:
    with pytest.raises(InvalidRequest, match="/cron"):
        client.create_schedule({**NIGHTLY, "cron": "never"})


def test_the_command_sees_to_schedules(dmps: Dmps) -> None:
    made = json.loads(dmps("schedules", "create", json.dumps(NIGHTLY)).out)["id"]
    assert made in dmps("schedules").out
    assert made in {each["id"] for each in dmps("schedules", "--json").json}
    assert dmps("schedules", "change", made, '{"name": "daily"}', "--json").json["name"] == "daily"
    assert dmps("schedules", "pause", made, "--json").json["paused"] is True
    assert dmps("schedules", "resume", made, "--json").json["paused"] is False
    assert len(dmps("schedules", "next", made, "--count", "2").out.splitlines()) == 2
    job_id = dmps("schedules", "run", made).out.strip()
    assert dmps("wait", job_id).status == 0
    assert job_id in dmps("schedules", "history", made).out
    assert dmps("schedules", "show", made, "--json").json["lastJobId"] in {job_id, None}
    assert dmps("schedules", "delete", made).out == f"{made} deleted\n"
    assert dmps("schedules", "show", made).status == 3
