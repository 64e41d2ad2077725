import asyncio
from contextlib import aclosing
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from dmps import (
    Amendment,
    AsyncClient,
    Backoff,
    Change,
    Client,
    Conflict,
    Event,
    InvalidRequest,
    JobFailed,
    NotFound,
    NotInTime,
    Options,
    Submission,
    Unreachable,
)
from tests.dmps.conftest import AT_ONCE, HALF_WAY, SLOW, Service, content, free_port, steps

NUMBERS = {"operation": "complex", "numbers": [1, 2, 3, 4, 5]}
NOBODY = "01a20bd9-6453-76ed-b412-7526b44b1ca6"


def test_a_job_is_run_to_its_result(client: Client) -> None:
    job = client.run("calculation", NUMBERS, Options(tags=["figures"], metadata={"by": "me"}))
    assert job.result == {"sum": 15, "product": 120, "average": 3, "min": 1, "max": 5}
    assert (job.status, job.tags, job.metadata, len(job.attempts)) == ("completed", ["figures"], {"by": "me"}, 1)
    assert job.created_at.tzinfo is not None
    assert client.result(job.id) == job.result


async def test_the_asynchronous_client_makes_the_same_calls(service: Service) -> None:
    async with AsyncClient(service.url) as client:
        jobs = await asyncio.gather(*(client.run("calculation", NUMBERS) for _ in range(5)))
        assert {job.result["sum"] for job in jobs} == {15}
        async with aclosing(client.follow_job(jobs[0].id)) as events:
            assert [event.name async for event in events] == ["pending", "processing", "completed"]


def test_every_option_arrives(client: Client) -> None:
    due = datetime(2100, 1, 1, tzinfo=UTC)
    options = Options(run_at=due, max_attempts=7, timeout=9.5, priority="high", keep_for=60, backoff=Backoff("fixed"))
    submitted = client.submit("calculation", NUMBERS, options)
    assert submitted.status == "scheduled"
    job = client.get(submitted.job_id)
    assert (job.run_at, job.max_attempts, job.timeout, job.priority) == (due, 7, 9.5, "high")
    assert job.keep_for == 60
    assert job.backoff is not None
    assert job.backoff.kind == "fixed"
    client.cancel(job.id)


def test_a_failed_job_is_raised_with_all_that_is_known_of_it(client: Client) -> None:
    with pytest.raises(JobFailed, match=r"has failed: rejected: Not like this\.") as raised:
        client.run("scripted", steps({"do": "reject"}))
    assert raised.value.job.error is not None
    assert raised.value.job.error.code == "rejected"


def test_what_is_wrong_is_named_by_pointer(client: Client) -> None:
    with pytest.raises(InvalidRequest, match="/payload/numbers/1") as raised:
        client.submit("calculation", {"operation": "sum", "numbers": [1, "two"]})
    assert raised.value.status == 422
    assert [error.pointer for error in raised.value.errors] == ["/payload/numbers/1"]
    with pytest.raises(InvalidRequest):
        client.check("calculation", {})
    client.check("calculation", NUMBERS)


def test_what_json_cannot_hold_is_not_sent(client: Client) -> None:
    with pytest.raises(ValueError, match="NaN"):
        client.submit("calculation", {"operation": "sum", "numbers": [float("nan")]})


def test_numbers_arrive_as_they_were_written(service: Service) -> None:
    large, fraction = 2**200, Decimal("0.1000000000000000055511151231257827")
    with Client(service.url, numbers=Decimal) as client:
        job = client.run("scripted", steps({"do": "return", "value": [large, fraction]}))
    assert job.result == [large, fraction]


def test_a_submission_of_the_same_key_is_done_once(client: Client) -> None:
    first, again = (client.submit("calculation", NUMBERS, idempotency_key='order "4711"') for _ in range(2))
    assert first == again


def test_any_number_of_jobs_is_submitted_in_order(client: Client) -> None:
    bad, good = Submission("calculation", {}), Submission("noop", steps(), {"tags": ["many"]})
    entries = client.submit_many([*[good] * 1200, bad])
    assert len(entries) == 1201
    assert all(entry.job_id for entry in entries[:-1])
    assert entries[-1].problem is not None
    assert entries[-1].problem.status == 422
    assert {job.id for job in client.jobs(tag=["many"], page_size=200)} == {entry.job_id for entry in entries[:-1]}


def test_an_atomic_batch_is_all_or_nothing(client: Client) -> None:
    good, bad = Submission("noop", steps(), {"tags": ["atomic"]}), Submission("calculation", {})
    with pytest.raises(InvalidRequest, match="/jobs/1/payload"):
        client.submit_many([good, bad], atomic=True)
    with pytest.raises(InvalidRequest, match="at most 1000"):
        client.submit_many([good] * 1001, atomic=True)
    assert list(client.jobs(tag=["atomic"])) == []


def test_waiting_ends_with_the_time_that_it_was_given(client: Client) -> None:
    job_id = client.submit("scripted", SLOW).job_id
    with pytest.raises(NotInTime, match=job_id):
        client.wait(job_id, timeout=0.3)
    with pytest.raises(NotInTime, match=job_id):
        client.wait(job_id, timeout=0.3, on_event=print)
    client.cancel(job_id)
    assert client.wait(job_id).status == "cancelled"


def test_progress_is_heard_while_one_waits(client: Client) -> None:
    heard: list[Event] = []
    job = client.run("scripted", HALF_WAY, on_event=heard.append, timeout=20)
    assert job.result == "slept"
    progress = next(event for event in heard if event.name == "progress")
    assert progress.data["progress"] == {"percent": 50, "message": "on the way"}
    assert client.logs(job.id).lines == ["a line", "caf\\udce9"]


def test_a_stream_is_taken_up_after_the_last_event(client: Client) -> None:
    job = client.run("calculation", NUMBERS)
    first, *rest = client.follow_job(job.id)
    assert [event.name for event in client.follow_job(job.id, last_event_id=first.id)] == [e.name for e in rest]
    assert list(client.follow_job(job.id, last_event_id=rest[-1].id)) == []


def test_all_jobs_are_followed_by_tag(client: Client) -> None:
    job = client.run("calculation", NUMBERS, Options(tags=["followed"]))
    events = client.follow(tag=["followed"])
    assert [next(events).job_id for _ in range(3)] == [job.id] * 3
    events.close()


def test_jobs_are_acted_on(client: Client) -> None:
    job_id = client.submit("calculation", NUMBERS, Options(delay=3600)).job_id
    assert client.amend(job_id, Amendment(priority="low", tags=["slow"])).priority == "low"
    with pytest.raises(Conflict):
        client.delete(job_id)
    with pytest.raises(Conflict):
        client.retry(job_id)
    assert client.cancel(job_id).status == "cancelled"
    again = client.replay(job_id, {"operation": "sum", "numbers": [1]})
    assert client.wait(again.job_id).result == {"sum": 1}
    client.delete(job_id)
    with pytest.raises(NotFound):
        client.get(job_id)


def test_a_failed_job_is_given_its_attempts_again(client: Client) -> None:
    job_id = client.submit("scripted", steps({"do": "reject"}, {"do": "return", "value": 2})).job_id
    assert client.wait(job_id).status == "failed"
    client.retry(job_id)
    assert client.wait(job_id).result == 2


def test_a_large_file_goes_there_and_back(client: Client, tmp_path: Path) -> None:
    path, data = content(tmp_path, 3 * 1024 * 1024)
    stored = client.upload(path)
    assert stored.size == len(data)
    assert client.download(stored.file_id) == data
    client.download(stored.file_id, tmp_path / "back")
    assert (tmp_path / "back").read_bytes() == data
    assert sorted(each.name for each in tmp_path.iterdir()) == ["a file.bin", "back"]


async def test_files_go_there_and_back_beside_the_event_loop(service: Service, tmp_path: Path) -> None:
    path, data = content(tmp_path, 1024 * 1024)
    async with AsyncClient(service.url) as client:
        stored = await client.upload(path)
        assert await client.download(stored.file_id) == data


def test_a_file_that_is_not_there_leaves_nothing_behind(client: Client, tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        client.download(NOBODY, tmp_path / "none")
    assert list(tmp_path.iterdir()) == []


def test_the_fleet_is_seen_and_controlled(client: Client) -> None:
    assert {"calculation", "scripted"} <= {job_type.name for job_type in client.job_types()}
    assert client.queue("default").workers == 1
    (worker,) = client.workers()
    assert "calculation" in worker.types
    assert client.change_queue("aside", Change(paused=True, max_running=3)).max_running == 3
    assert client.change_queue("aside", Change(paused=False, max_running=None)).max_running is None
    assert client.change_job_type("noop", Change(max_starts_per_second=0.5)).max_starts_per_second == 0.5
    client.change_job_type("noop", Change(max_starts_per_second=None))
    assert "default" in {queue.name for queue in client.queues()}


def test_an_api_that_is_not_there_is_said_to_be_unreachable() -> None:
    url = f"http://127.0.0.1:{free_port()}"
    with Client(url, patience=AT_ONCE) as client, pytest.raises(Unreachable, match=url) as raised:
        client.queues()
    assert not raised.value.was_sent


def test_a_password_in_the_url_is_not_shown() -> None:
    port = free_port()
    with Client(f"http://me:secret@127.0.0.1:{port}", patience=AT_ONCE) as client, pytest.raises(Unreachable) as raised:
        client.queues()
    assert f"http://127.0.0.1:{port}:" in str(raised.value)


@pytest.mark.parametrize("url", ["localhost:3000", "ftp://here", "http://"])
def test_what_is_no_url_is_refused_at_once(url: str) -> None:
    with pytest.raises(ValueError, match="not the URL"):
        Client(url)


def test_where_and_who_come_from_the_environment(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DMPS_URL", f"{service.url}/")
    monkeypatch.setenv("DMPS_API_KEY", "with\nlines")
    with pytest.raises(ValueError, match="key"):
        Client()
    monkeypatch.setenv("DMPS_API_KEY", "")
    with Client() as client:
        assert client.url == service.url
        assert client.workers()
