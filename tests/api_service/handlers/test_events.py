import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from redis import Redis

from api_service.handlers import events as handler
from shared.store import Store, Tidings, keys
from shared.store.views import Progress, encode_progress
from tests.api_service.conftest import Client
from tests.api_service.fleet import claim, complete
from tests.api_service.streams import Heard, frames, heard, until
from tests.shared.store.claiming import MakeJob

Submit = Callable[..., Awaitable[str]]


async def stream(client: Client, path: str, after: int | None = None) -> list[Heard]:
    """All of a stream that ends."""
    headers = {} if after is None else {"Last-Event-ID": str(after)}
    async with client.get(path, headers=headers) as response:
        assert (response.status, response.content_type) == (200, "text/event-stream")
        return [each async for each in heard(response)]


def names(events: list[Heard]) -> list[str]:
    return [each.name for each in events]


async def done(client: Client, submit: Submit, store: Store, **options: Any) -> str:
    """A job that ran to its end."""
    job_id = await submit(**options)
    await claim(store)
    await complete(store, job_id)
    return job_id


async def test_a_job_s_stream_is_its_history_and_ends_with_the_job(
    client: Client, submit: Submit, store: Store
) -> None:
    job_id = await done(client, submit, store, tags=["a"])
    found = await stream(client, f"/api/jobs/{job_id}/events")
    assert names(found) == ["pending", "processing", "completed"]
    assert [each.id for each in found] == list(range(found[0].id, found[0].id + 3))
    told = dict(found[-1].data)
    assert told.pop("at").endswith("Z")
    assert told == {
        "jobId": job_id,
        "status": "completed",
        "type": "calculation",
        "queue": "default",
        "tags": ["a"],
    }


async def test_what_happens_later_is_heard_as_it_happens(client: Client, submit: Submit, store: Store) -> None:
    job_id = await submit()
    async with client.get(f"/api/jobs/{job_id}/events") as response:
        assert names(await until(response, "pending")) == ["pending"]
        (job,) = await claim(store)
        assert names(await until(response, "processing")) == ["processing"]
        await store.tell([Tidings(job_id, job.fence, encode_progress(Progress(50, "half")), ("a line",))])
        progress, log = await until(response, "log")
        assert progress.data["progress"] == {"percent": 50, "message": "half"}
        assert log.data["log"] == {"message": "a line"}
        await complete(store, job_id)
        assert [each.name async for each in heard(response)] == ["completed"]


async def test_who_comes_back_misses_nothing_and_hears_nothing_twice(
    client: Client, submit: Submit, store: Store
) -> None:
    job_id = await submit()
    async with client.get(f"/api/jobs/{job_id}/events") as response:
        (first,) = await until(response, "pending")
    await claim(store)
    await complete(store, job_id)
    found = await stream(client, f"/api/jobs/{job_id}/events", first.id)
    assert names(found) == ["processing", "completed"]
    headers = {"Last-Event-ID": str(found[-1].id)}
    async with client.get(f"/api/jobs/{job_id}/events", headers=headers) as response:
        assert (response.status, await response.read()) == (204, b"")


async def test_a_line_of_the_log_that_comes_after_the_end_keeps_no_stream_open(
    client: Client, submit: Submit, store: Store
) -> None:
    job_id = await submit()
    (job,) = await claim(store)
    await complete(store, job_id)
    await store.tell([Tidings(job_id, job.fence, b"", ("late",))])
    found = await stream(client, f"/api/jobs/{job_id}/events")
    assert names(found) == ["pending", "processing", "completed", "log"]
    headers = {"Last-Event-ID": str(found[2].id)}
    async with client.get(f"/api/jobs/{job_id}/events", headers=headers) as response:
        assert response.status == 204


async def test_where_the_past_is_gone_the_job_stands_for_it(
    client: Client, submit: Submit, store: Store, redis: Redis
) -> None:
    job_id = await done(client, submit, store)
    redis.xtrim(keys.EVENTS, maxlen=1, approximate=False)
    (reset,) = await stream(client, f"/api/jobs/{job_id}/events")
    assert (reset.name, reset.data["id"], reset.data["status"]) == ("reset", job_id, "completed")
    (again,) = await stream(client, f"/api/jobs/{job_id}/events", reset.id - 2)
    assert (again.name, again.id) == ("reset", reset.id)
    headers = {"Last-Event-ID": str(reset.id)}
    async with client.get(f"/api/jobs/{job_id}/events", headers=headers) as response:
        assert response.status == 204


async def test_one_who_was_there_when_the_store_lost_all_is_told(client: Client, submit: Submit, redis: Redis) -> None:
    async with client.get("/api/events") as response:
        await submit()
        await until(response, "pending")
        redis.flushall()
        await submit()
        assert names(await until(response, "reset")) == ["reset"]


@pytest.mark.parametrize(
    "query", ["type=calculation", "queue=images", "tag=blue", "tag=red&tag=blue&queue=images&queue=x"]
)
async def test_of_many_jobs_those_are_heard_that_were_asked_for(
    client: Client, submit: Submit, store: Store, new_job: MakeJob, query: str
) -> None:
    async with client.get(f"/api/events?{query}") as response:
        await store.submit([new_job(type="another", now=store.now(), tags=("red",))])
        job_id = await submit(queue="images", tags=["blue", "red"])
        (event,) = await until(response, "pending")
        assert event.data["jobId"] == job_id


async def test_a_stream_of_many_begins_with_what_is_kept(client: Client, submit: Submit) -> None:
    ids = [await submit() for _ in range(3)]
    async with client.get("/api/events") as response:
        events = heard(response)
        found = [await anext(events) for _ in ids]
        assert [each.data["jobId"] for each in found] == ids
    async with client.get("/api/events", headers={"Last-Event-ID": str(found[1].id)}) as response:
        assert (await anext(heard(response))).id == found[2].id


async def test_nobody_hears_of_another_tenant_s_jobs(
    client: Client, submit: Submit, store: Store, new_job: MakeJob
) -> None:
    foreign = new_job(tenant="other", now=store.now())
    await store.submit([foreign])
    job_id = await submit()
    async with client.get("/api/events") as response:
        (event,) = await until(response, "pending")
        assert event.data["jobId"] == job_id
    async with client.get(f"/api/jobs/{foreign.id}/events") as response:
        assert response.status == 404


async def test_a_silent_stream_shows_that_it_lives(
    client: Client, submit: Submit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handler, "HEARTBEAT", 0.01)
    job_id = await submit()
    async with client.get(f"/api/jobs/{job_id}/events") as response:
        seen = frames(response)
        found = [await anext(seen) for _ in range(4)]
    assert found[0] == ["retry: 2000"]
    assert found[2:] == [[":"], [":"]]


@pytest.mark.parametrize("path", ["/api/events", "/api/jobs/{id}/events"])
@pytest.mark.parametrize("written", ["x", "-1", "1.5", "1" * 17, "\N{ARABIC-INDIC DIGIT ONE}"])
async def test_a_last_event_id_that_is_none_is_refused(client: Client, submit: Submit, path: str, written: str) -> None:
    where = path.format(id=await submit())
    async with client.get(where, headers={"Last-Event-ID": written}) as response:
        assert response.status == 400
        assert "Last-Event-ID" in (await response.json(content_type=None))["detail"]


async def test_a_parameter_that_there_is_not_is_refused(client: Client) -> None:
    async with client.get("/api/events?types=x") as response:
        body = await response.json(content_type=None)
        assert (response.status, body["errors"][0]["pointer"]) == (422, "/types")


async def test_the_head_of_a_stream_ends(client: Client, submit: Submit) -> None:
    async with client.head(f"/api/jobs/{await submit()}/events") as response:
        assert (response.status, response.content_type) == (200, "text/event-stream")


async def test_streams_end_when_the_service_stops(client: Client, submit: Submit) -> None:
    job_id = await submit()
    async with client.get(f"/api/jobs/{job_id}/events") as response:
        await until(response, "pending")
        stopped = asyncio.ensure_future(client.server.close())
        assert [each async for each in heard(response)] == []
    await stopped
