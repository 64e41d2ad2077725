"""Lists of jobs over HTTP. That every filter finds what it should is tested at the store."""

import dataclasses
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from yarl import URL

from api_service.selections import selection
from api_service.views import brief
from shared.job import Job
from shared.schemas.listing import FIELDS, ListingSchema
from shared.settings import Settings
from shared.store import JobView, Store
from tests.api_service.conftest import Client, Connect
from tests.api_service.fleet import claim, complete

Submit = Callable[..., Awaitable[str]]
UNKNOWN = "017f22e2-79b0-7cc3-98c4-dc0c0c07398f"


async def listed(client: Client, query: str = "") -> Any:
    async with client.get(f"/api/jobs?{query}") as response:
        assert response.status == 200, await response.text()
        return await response.json()


async def ids(client: Client, query: str) -> list[str]:
    return [job["id"] for job in (await listed(client, query))["jobs"]]


async def refusal(client: Client, query: str) -> Any:
    async with client.get(f"/api/jobs?{query}") as response:
        body = await response.json(content_type="application/problem+json")
        assert response.status == 422, body
        (error,) = body["errors"]
        assert error["pointer"] == "/pageToken"
        return error


def test_the_members_that_can_be_asked_for_are_those_of_a_list(new_job: Callable[..., Job]) -> None:
    assert sorted(FIELDS) == sorted(brief(JobView(new_job())))


def test_without_parameters_nothing_is_filtered() -> None:
    asked = selection(ListingSchema().load({}))
    assert not any((asked.statuses, asked.types, asked.queues, asked.tags, asked.created, asked.completed))
    assert asked.parent is None


async def test_jobs_are_listed_by_queue_time_and_parent(client: Client, submit: Submit, store: Store) -> None:
    first, second = await submit(queue="images"), await submit()
    await claim(store)
    await complete(store, second)
    async with client.post(f"/api/jobs/{first}/cancel"):
        pass
    created = (await listed(client))["jobs"][0]["createdAt"]
    assert await ids(client, "queue=images") == [first]
    assert await ids(client, "queue=images&queue=default&sort=createdAt") == [first, second]
    assert await ids(
        client, "createdAfter=2020-01-01T00:00:00Z&completedBefore=2100-01-01T00:00:00Z&queue=default"
    ) == [second]
    assert await ids(client, f"createdBefore={created}&queue=default") == []
    assert await ids(client, "completedAfter=2100-01-01T00:00:00Z") == []
    assert await ids(client, f"parentId={UNKNOWN}") == []
    assert set(await ids(client, "sort=-completedAt")) == {first, second}
    assert await ids(client, "sort=completedAt") == (await ids(client, "sort=-completedAt"))[::-1]


async def test_of_several_tags_a_job_has_all(client: Client, submit: Submit) -> None:
    both, one = await submit(tags=["a", "b"]), await submit(tags=["a"])
    assert await ids(client, "tag=a&tag=b") == [both]
    assert await ids(client, "tag=a") == [one, both]


async def test_only_the_members_that_were_asked_for_come(client: Client, submit: Submit) -> None:
    job_id = await submit()
    for query in ("fields=id,status", "fields=id&fields=status", "fields=status,id,status"):
        assert (await listed(client, query))["jobs"] == [{"id": job_id, "status": "pending"}]


@pytest.mark.parametrize("sort", ["createdAt", "-createdAt"])
async def test_the_link_leads_through_all_jobs_with_the_same_filter(client: Client, submit: Submit, sort: str) -> None:
    submitted = [await submit(tags=["a"]) for _ in range(5)]
    seen, path = [], f"/api/jobs?pageSize=2&tag=a&sort={sort}&fields=id"
    while path:
        async with client.get(path) as response:
            seen += [job["id"] for job in (await response.json())["jobs"]]
            link = response.links.get("next")
        await submit(tags=["b"])
        path = "" if link is None else URL(link["url"]).relative().human_repr()
    assert seen == (submitted if sort == "createdAt" else submitted[::-1])


async def test_a_page_may_have_another_size_and_other_members(client: Client, submit: Submit) -> None:
    submitted = [await submit() for _ in range(3)]
    token = (await listed(client, "pageSize=1&fields=id"))["nextPageToken"]
    assert await ids(client, f"pageSize=2&pageToken={token}") == submitted[1::-1]


async def test_a_token_of_another_filter_is_refused_and_told_apart(client: Client, submit: Submit) -> None:
    await submit(tags=["a"])
    await submit(tags=["a"])
    token = (await listed(client, "pageSize=1&tag=a&status=pending&status=failed"))["nextPageToken"]
    assert await ids(client, f"pageToken={token}&tag=a&status=failed&status=pending")  # the same in another order
    for query in ("tag=a", "tag=a&status=pending", "tag=a&status=pending&status=failed&sort=createdAt", ""):
        error = await refusal(client, f"{query}&pageToken={token}")
        assert (error["code"], "another filter" in error["detail"]) == ("other_filter", True)


async def test_a_token_that_was_changed_is_refused(client: Client, submit: Submit) -> None:
    await submit()
    await submit()
    token = (await listed(client, "pageSize=1"))["nextPageToken"]
    whole = bytearray(urlsafe_b64decode(token + "=" * (-len(token) % 4)))
    for place in (0, 15, 16, 23, 24, len(whole) - 1):
        changed = whole.copy()
        changed[place] ^= 1
        assert (await refusal(client, f"pageToken={urlsafe_b64encode(changed).decode()}"))["code"] == "invalid"
    for other in (token[:-1], token + "AAAA", "AAAA", "%FF"):
        assert (await refusal(client, f"pageToken={other}"))["code"] == "invalid"


async def test_processes_of_one_store_read_each_others_tokens(
    client: Client, connect: Connect, settings: Settings, submit: Submit
) -> None:
    first = await submit()
    await submit()
    token = (await listed(client, "pageSize=1"))["nextPageToken"]
    assert await ids(await connect(settings), f"pageToken={token}") == [first]


async def test_a_secret_of_the_settings_takes_the_place_of_the_stores(
    client: Client, connect: Connect, settings: Settings, submit: Submit
) -> None:
    first = await submit()
    await submit()
    theirs = (await listed(client, "pageSize=1"))["nextPageToken"]
    other = await connect(dataclasses.replace(settings, secret="x" * 32))
    assert (await refusal(other, f"pageToken={theirs}"))["code"] == "invalid"
    ours = (await listed(other, "pageSize=1"))["nextPageToken"]
    assert await ids(other, f"pageToken={ours}") == [first]
