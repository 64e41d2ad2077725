import asyncio
from collections.abc import Mapping
from typing import Any

import pytest

from api_service.idempotency import ANSWERED_WITHIN
from shared.store import Store
from tests.api_service.conftest import COMPLEX, Client
from tests.api_service.fleet import complete, take

KEY = {"Idempotency-Key": '"8e03978e-40d5"'}
DAY = 86_400  # seconds


async def post(
    client: Client, body: Any = COMPLEX, headers: Mapping[str, str] = KEY, path: str = "/api/jobs"
) -> tuple[int, Mapping[str, str], bytes]:
    async with client.post(path, json=body, headers=headers) as response:
        return response.status, dict(response.headers), await response.read()


async def count(client: Client) -> int:
    async with client.get("/api/jobs?pageSize=200") as response:
        return len((await response.json())["jobs"])


async def test_the_same_request_is_answered_the_same_and_done_once(client: Client, redis: Any) -> None:
    first, again = await post(client), await post(client)
    assert (first[0], first[2]) == (again[0], again[2]) == (202, first[2])
    assert first[1]["Location"] == again[1]["Location"]
    assert await count(client) == 1
    (kept,) = redis.keys("dmps:default:once:*")
    assert DAY - 60 < redis.ttl(kept) <= DAY


async def test_of_many_at_once_one_is_done(client: Client) -> None:
    answers = await asyncio.gather(*(post(client) for _ in range(20)))
    assert {status for status, _, _ in answers} <= {202, 409}
    assert await count(client) == 1
    assert len({body for status, _, body in answers if status == 202}) == 1


async def test_the_key_of_another_request_is_refused(client: Client) -> None:
    await post(client)
    status, _, body = await post(client, {**COMPLEX, "options": {"priority": "high"}})
    assert (status, b"/problems/idempotency-key-reused" in body) == (422, True)
    assert (await post(client, {"jobs": [COMPLEX]}, path="/api/jobs/batch"))[0] == 422
    assert await count(client) == 1


async def test_while_the_first_is_in_flight_others_wait(client: Client, store: Store) -> None:
    waiting = asyncio.ensure_future(post(client, headers={**KEY, "Prefer": "wait=30"}))
    job = await take(store)
    status, headers, body = await post(client)
    assert (status, b"/problems/request-in-flight" in body) == (409, True)
    assert 1 <= int(headers["Retry-After"]) <= 30 + ANSWERED_WITHIN / 1000
    await complete(store, job.id)
    first = await waiting
    again = await post(client)
    assert first[0] == again[0] == 200
    assert first[2] == again[2]


async def test_if_nobody_answered_the_jobs_that_were_written_are_told(client: Client, redis: Any, store: Store) -> None:
    """The process dies between writing the job and answering."""
    first = await post(client)
    (kept,) = redis.keys("dmps:default:once:*")
    text = redis.get(kept)
    assert isinstance(text, bytes)
    redis.set(kept, text.replace(b'"until":0', b'"until":%d' % (store.now() + 60_000)))
    assert (await post(client))[0] == 409
    redis.set(kept, text.replace(b'"until":0', b'"until":%d' % (store.now() - 1)))
    assert (await post(client))[2] == first[2]


@pytest.mark.parametrize("key", ['"', '""', '"a', 'a"b', "a, b", '"\N{SNOWMAN}"', '"a\\b"', f'"{"x" * 256}"', ";"])
async def test_a_malformed_key_is_refused(client: Client, key: str) -> None:
    status, _, body = await post(client, headers={"Idempotency-Key": key})
    assert (status, b"/problems/malformed-idempotency-key" in body) == (400, True)
    assert await count(client) == 0


@pytest.mark.parametrize("key", ["8e03978e-40d5-43e8", '"with \\" quote"', '"with space"', "x" * 255])
async def test_a_key_may_be_written_as_people_do(client: Client, key: str) -> None:
    assert (await post(client, headers={"Idempotency-Key": key}))[0] == 202


async def test_a_request_that_was_wrong_may_be_mended_under_its_key(client: Client) -> None:
    assert (await post(client, {"type": "nope", "payload": {}}))[0] == 422
    assert (await post(client))[0] == 202


async def test_a_batch_is_done_once_too(client: Client) -> None:
    batch = {"jobs": [COMPLEX, {"type": "nope", "payload": {}}, COMPLEX]}
    first, again = [await post(client, batch, path="/api/jobs/batch") for _ in range(2)]
    assert first[2] == again[2]
    assert await count(client) == 2


async def test_a_batch_with_a_key_is_written_in_one_step_and_so_is_bounded(client: Client) -> None:
    status, _, body = await post(client, {"jobs": [COMPLEX] * 1_001}, path="/api/jobs/batch")
    assert (status, b"1,000" in body) == (422, True)
    assert (await post(client, {"jobs": [COMPLEX] * 1_000}, path="/api/jobs/batch"))[0] == 202
