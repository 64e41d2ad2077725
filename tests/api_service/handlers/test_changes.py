"""Changing a job, and removing one that has ended."""

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import pytest
from msgspec import Raw
from redis import Redis

from api_service.keys import FILES
from shared import lifecycle
from shared.job import DEFAULT_TENANT, ResultFile, Status
from shared.store import Change, Store
from tests.api_service.conftest import Client
from tests.api_service.fleet import claim, complete, take

Submit = Callable[..., Awaitable[str]]
LATER = "2099-01-31T12:00:00.000Z"


async def patch(client: Client, job_id: str, changes: Any, status: int = 200, **headers: str) -> Any:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    async with client.patch(f"/api/jobs/{job_id}", json=changes, headers=named) as response:
        assert response.status == status, await response.text()
        return await response.json(content_type=None)


async def read(client: Client, job_id: str) -> tuple[Any, str]:
    async with client.get(f"/api/jobs/{job_id}") as response:
        return await response.json(), response.headers["ETag"]


async def delete(client: Client, job_id: str) -> int:
    async with client.delete(f"/api/jobs/{job_id}") as response:
        return response.status


async def test_a_job_that_waits_is_changed_and_shown(client: Client, submit: Submit) -> None:
    job_id = await submit(tags=["a"], metadata={"by": "me"})
    changes = {"priority": "high", "runAt": LATER, "tags": ["b", "c"], "metadata": {"for": "you"}}
    body = await patch(client, job_id, changes)
    shown, _ = await read(client, job_id)
    assert body == shown
    assert (shown["status"], shown["runAt"], shown["priority"], shown["tags"]) == (
        "scheduled",
        LATER,
        "high",
        ["b", "c"],
    )
    assert shown["metadata"] == {"by": "me", "for": "you"}
    async with client.get("/api/jobs", params={"tag": "b"}) as response:
        assert [job["id"] for job in (await response.json())["jobs"]] == [job_id]


async def test_null_is_the_default_and_what_is_left_out_stays(client: Client, submit: Submit) -> None:
    job_id = await submit(tags=["a"], metadata={"by": "me"}, priority="low", runAt=LATER)
    assert (await patch(client, job_id, {}))["tags"] == ["a"]
    changes = {"priority": None, "runAt": None, "tags": None, "metadata": None}
    body = await patch(client, job_id, changes, Content_Type="application/merge-patch+json")
    assert (body["status"], body["priority"], body["tags"], body["metadata"]) == ("pending", "normal", [], None)


async def test_metadata_are_merged_to_the_letter(client: Client, submit: Submit, redis: Redis) -> None:
    job_id = await submit(metadata={"a": {"b": 1, "c": 2}, "d": [1], "e": None})
    text = b'{"metadata": {"a": {"b": null, "n": 1.10}, "d": {"x": null}, "f": 12345678901234567890123}}'
    headers = {"Content-Type": "application/merge-patch+json"}
    async with client.patch(f"/api/jobs/{job_id}", data=text, headers=headers) as response:
        body = await response.text()
    assert '"metadata":{"a":{"c":2,"n":1.10},"d":{},"e":null,"f":12345678901234567890123}' in body


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"priority": "urgent"}, "/priority"),
        ({"runAt": "tomorrow"}, "/runAt"),
        ({"runAt": 5}, "/runAt"),
        ({"tags": ["a", "a"]}, "/tags"),
        ({"tags": ["a b"]}, "/tags/0"),
        ({"tags": "a"}, "/tags"),
        ({"metadata": []}, "/metadata"),
        ({"metadata": {"a": "x" * 5000}}, "/metadata"),
        ({"status": "completed"}, "/status"),
        ({"queue": "other"}, "/queue"),
    ],
)
async def test_a_bad_change_is_refused_by_its_place(
    client: Client, submit: Submit, changes: Mapping[str, Any], pointer: str
) -> None:
    body = await patch(client, await submit(), changes, 422)
    assert [error["pointer"] for error in body["errors"]] == [pointer]


async def test_metadata_may_not_grow_beyond_their_size_by_changes(client: Client, submit: Submit) -> None:
    job_id = await submit(metadata={"a": "x" * 3000})
    body = await patch(client, job_id, {"metadata": {"b": "y" * 3000}}, 422)
    assert body["errors"][0]["code"] == "too_large"
    assert (await patch(client, job_id, {"metadata": {"a": None, "b": "y" * 3000}}))["metadata"]["b"]


async def test_a_change_is_made_only_to_the_job_that_the_caller_has_seen(
    client: Client, submit: Submit, store: Store
) -> None:
    job_id, other = await submit(), await submit()
    _, seen = await read(client, job_id)
    body = await patch(client, job_id, {"tags": ["first"]}, If_Match=seen)
    assert body["tags"] == ["first"]
    refused = await patch(client, job_id, {"tags": ["second"]}, 412, If_Match=seen)
    assert refused["type"] == "/problems/job-has-changed"
    shown, now = await read(client, job_id)
    assert shown["tags"] == ["first"]
    await patch(client, other, {"tags": ["x"]}, 412, If_Match=now)
    await patch(client, job_id, {"tags": ["x"]}, 412, If_Match=f"W/{now}")
    await patch(client, job_id, {"tags": ["x"]}, 412, If_Match="nonsense")
    await patch(client, job_id, {"tags": ["second"]}, If_Match=f'"abc", {now}')
    await patch(client, job_id, {"tags": ["third"]}, If_Match="*")
    await claim(store)
    assert (await read(client, job_id))[1] != now


async def test_the_answer_to_a_change_has_the_tag_of_what_it_shows(client: Client, submit: Submit) -> None:
    job_id = await submit()
    async with client.patch(f"/api/jobs/{job_id}", json={"tags": ["a"]}) as response:
        tag = response.headers["ETag"]
    assert tag == (await read(client, job_id))[1]
    assert (await patch(client, job_id, {"tags": []}, If_Match=tag))["tags"] == []


async def test_what_moves_by_itself_does_not_keep_a_caller_from_a_change(client: Client, submit: Submit) -> None:
    first, second = await submit(), await submit()
    shown, seen = await read(client, second)
    async with client.post(f"/api/jobs/{first}/cancel") as response:
        assert response.status == 200
    moved, tag = await read(client, second)
    assert (shown["position"], moved["position"], tag != seen) == (1, 0, True)
    await patch(client, second, {"tags": ["a"]}, If_Match=seen)


async def test_a_job_that_runs_keeps_its_place_but_not_its_tags(client: Client, submit: Submit, store: Store) -> None:
    job_id = await submit()
    await claim(store)
    body = await patch(client, job_id, {"tags": ["a"], "metadata": {"b": 1}})
    assert (body["status"], body["tags"], body["metadata"]) == ("processing", ["a"], {"b": 1})
    for place in ({"priority": "high"}, {"runAt": LATER}):
        assert "processing" in (await patch(client, job_id, place, 409))["detail"]
    done = await complete(store, job_id)
    assert (done.status, done.tags) == (Status.COMPLETED, ("a",))


async def test_a_job_that_has_ended_stays_as_it_is(client: Client, submit: Submit, store: Store) -> None:
    job_id = await submit()
    await claim(store)
    await complete(store, job_id)
    _, tag = await read(client, job_id)
    for headers in ({}, {"If_Match": tag}, {"If_Match": '"other"'}):
        await patch(client, job_id, {"tags": ["a"]}, 409, **headers)


async def test_a_job_is_removed_once_it_has_ended(client: Client, submit: Submit, store: Store) -> None:
    job_id = await submit(tags=["a"])
    assert await delete(client, job_id) == 409
    await claim(store)
    assert await delete(client, job_id) == 409
    await complete(store, job_id)
    assert await delete(client, job_id) == 204
    assert await delete(client, job_id) == 404
    async with client.get(f"/api/jobs/{job_id}") as response:
        assert response.status == 404
    async with client.get("/api/jobs", params={"tag": "a"}) as response:
        assert (await response.json())["jobs"] == []


async def test_the_file_of_a_result_goes_with_its_job(client: Client, submit: Submit, store: Store) -> None:
    job_id = await submit()
    files = client.app[FILES]
    stored = files.save(json.dumps("x" * 300).encode(), "application/json")
    (held,) = await claim(store)
    file = ResultFile(stored.file_id, stored.bytes)
    await store.write([Change(held, lifecycle.complete(held, Raw(b"null"), store.now(), file))])
    assert (await store.view(DEFAULT_TENANT, job_id)).job.result_file == file
    assert await delete(client, job_id) == 204
    async with client.get(f"/api/files/{stored.file_id}") as response:
        assert response.status == 404


@pytest.mark.parametrize("job_id", ["nope", "01a20bd9-6453-76ed-b412-7526b44b1ca6"])
async def test_an_unknown_job_is_neither_changed_nor_removed(client: Client, job_id: str) -> None:
    await patch(client, job_id, {"tags": []}, 404)
    assert await delete(client, job_id) == 404


async def test_only_what_the_caller_has_seen_is_removed(client: Client, store: Store, submit: Submit) -> None:
    path = f"/api/jobs/{await submit()}"
    await complete(store, (await take(store)).id)
    async with client.get(path) as response:
        tag = response.headers["ETag"]
    for wrong in ('"nope"', f"W/{tag}", tag.replace(tag[1], "0" if tag[1] != "0" else "1")):
        async with client.delete(path, headers={"If-Match": wrong}) as response:
            assert response.status == 412
    async with client.delete(path, headers={"If-Match": f'"x", {tag}'}) as response:
        assert response.status == 204
