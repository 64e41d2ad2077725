import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from redis import Redis

from shared.job import Status
from shared.store import Store, keys
from tests.api_service.conftest import Client
from tests.api_service.fleet import claim, complete, hear

Submit = Callable[..., Awaitable[str]]
NO_LIMITS = {"paused": False, "maxRunning": None, "maxStartsPerSecond": None}
MERGE_PATCH = {"Content-Type": "application/merge-patch+json"}


async def listed(client: Client) -> dict[str, Any]:
    async with client.get("/api/queues") as response:
        assert response.status == 200
        return {queue["name"]: queue for queue in (await response.json())["queues"]}


async def patch(client: Client, path: str, changes: dict[str, Any]) -> Any:
    async with client.patch(path, json=changes) as response:
        assert response.status == 200, await response.text()
        return await response.json()


async def refused(client: Client, status: int, path: str, text: bytes, headers: dict[str, str] | None = None) -> Any:
    headers = headers or {"Content-Type": "application/json"}
    async with client.patch(path, data=text, headers=headers) as response:
        assert response.status == status
        return await response.json(content_type="application/problem+json")


async def test_the_default_queue_is_there_before_any_job(client: Client) -> None:
    assert await listed(client) == {
        "default": {
            "name": "default",
            **NO_LIMITS,
            "depth": dict.fromkeys(Status, 0),
            "oldestWaitSeconds": None,
            "ratePerSecond": {"in": 0, "out": 0},
            "estimatedWaitSeconds": None,
            "workers": 0,
            "links": {"self": "/api/queues/default"},
        }
    }


async def test_a_queue_tells_how_it_stands(client: Client, submit: Submit, store: Store, redis: Redis) -> None:
    ids = [await submit() for _ in range(4)]
    await submit(delay=60)
    hear(store, redis)
    taken = await claim(store, slots=2)
    await complete(store, taken[0].id)
    queue = (await listed(client))["default"]
    assert {status: number for status, number in queue["depth"].items() if number} == {
        "pending": 2,
        "scheduled": 1,
        "processing": 1,
        "completed": 1,
    }
    assert ids[0] == taken[0].id
    assert 0 <= queue["oldestWaitSeconds"] < 60
    rates = queue["ratePerSecond"]
    assert rates["in"] == pytest.approx(5 * rates["out"], abs=0.01)
    assert queue["estimatedWaitSeconds"] == pytest.approx(2 / rates["out"], rel=0.1)
    assert queue["workers"] == 1


async def test_a_queue_can_be_read_alone_if_there_is_one(client: Client, submit: Submit) -> None:
    await submit(queue="images")
    async with client.get("/api/queues/images") as response:
        assert response.status == 200
        assert (await response.json())["depth"]["pending"] == 1
    async with client.get("/api/queues/mail") as response:
        assert response.status == 404
        assert (await response.json(content_type="application/problem+json"))["title"] == "Queue not found"


async def test_a_paused_queue_gives_no_job_until_it_is_resumed(
    client: Client, submit: Submit, store: Store, redis: Redis
) -> None:
    job_id = await submit()
    hear(store, redis)
    redis.delete(keys.BELL + "default")
    assert (await patch(client, "/api/queues/default", {"paused": True}))["paused"] is True
    assert await claim(store) == []
    assert (await listed(client))["default"]["estimatedWaitSeconds"] is None
    resumed = await patch(client, "/api/queues/default", {"paused": False})
    assert (resumed["paused"], resumed["depth"]["pending"]) == (False, 1)
    assert redis.exists(keys.BELL + "default")
    assert [job.id for job in await claim(store)] == [job_id]


async def test_a_patch_changes_what_it_names_and_null_removes_it(client: Client) -> None:
    path = "/api/queues/images"
    first = await patch(client, path, {"maxRunning": 3, "maxStartsPerSecond": 5})
    assert (first["name"], first["maxRunning"], first["maxStartsPerSecond"]) == ("images", 3, 5)
    async with client.patch(path, data=b'{"maxStartsPerSecond": 0.5}', headers=MERGE_PATCH) as response:
        second = await response.json()
    assert (second["maxRunning"], second["maxStartsPerSecond"]) == (3, 0.5)
    assert await patch(client, path, {}) == second
    assert (await listed(client))["images"] == second
    last = await patch(client, path, {"maxRunning": None, "maxStartsPerSecond": None, "paused": None})
    assert {name: last[name] for name in NO_LIMITS} == NO_LIMITS
    assert "images" not in await listed(client)


async def test_changes_at_once_do_not_undo_each_other(client: Client) -> None:
    path = "/api/queues/default"
    changes = ({"paused": True}, {"maxRunning": 3}, {"maxStartsPerSecond": 5})
    await asyncio.gather(*(patch(client, path, change) for change in changes))
    queue = (await listed(client))["default"]
    assert {name: queue[name] for name in NO_LIMITS} == {"paused": True, "maxRunning": 3, "maxStartsPerSecond": 5}


@pytest.mark.parametrize("path", ["/api/queues/default", "/api/job-types/calculation"])
@pytest.mark.parametrize(
    ("text", "pointer"),
    [
        (b'{"pause": true}', "/pause"),
        (b'{"paused": "true"}', "/paused"),
        (b'{"maxRunning": 0}', "/maxRunning"),
        (b'{"maxStartsPerSecond": 1e-5}', "/maxStartsPerSecond"),
        (b"[]", ""),
        (b"null", ""),
    ],
)
async def test_a_wrong_patch_is_refused_and_changes_nothing(
    client: Client, store: Store, path: str, text: bytes, pointer: str
) -> None:
    problem = await refused(client, 422, path, text)
    assert [error["pointer"] for error in problem["errors"]] == [pointer]
    assert await store.limits() == {}


async def test_a_patch_says_which_media_types_it_takes(client: Client) -> None:
    headers = {"Content-Type": "application/json-patch+json"}
    async with client.patch("/api/queues/default", data=b"[]", headers=headers) as response:
        assert response.status == 415
        assert response.headers["Accept-Patch"] == "application/merge-patch+json, application/json"


@pytest.mark.parametrize("name", ["maintenance", "Images", "a_b", "%00", "a" * 65, "-a", "a%7Cb"])
async def test_what_is_no_name_of_a_queue_is_not_found(client: Client, redis: Redis, name: str) -> None:
    await refused(client, 404, f"/api/queues/{name}", b'{"paused": true}')
    assert redis.exists(keys.LIMITS) == 0
