import asyncio
import json
from collections.abc import Mapping
from typing import Any

import pytest

from api_service import idempotency
from api_service.idempotency import ANSWERED_WITHIN, Ticket
from shared.schemas.options import Dedup
from shared.store import Once, Store
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


@pytest.mark.parametrize(
    "key", ["8e03978e-40d5-43e8", '"with \\" quote"', '"with space"', "x" * 255, '"a"; b=1;c="d";e']
)
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


@pytest.fixture
def dying(monkeypatch: pytest.MonkeyPatch) -> None:
    """The process dies between writing the jobs and answering, longer ago than an answer takes."""

    async def dies(_: Ticket, __: Any) -> None:
        """Nothing is kept."""

    monkeypatch.setattr(Ticket, "keep", dies)
    monkeypatch.setattr(idempotency, "ANSWERED_WITHIN", -1)


DEDUP = {**COMPLEX, "options": {"dedup": {"key": "a"}}}


@pytest.mark.usefixtures("dying")
@pytest.mark.parametrize(
    ("path", "body"),
    [("/api/jobs", DEDUP), ("/api/jobs/batch", {"jobs": [COMPLEX, DEDUP, {"type": "nope", "payload": {}}]})],
)
async def test_if_nobody_answered_what_others_stand_for_is_told_too(client: Client, path: str, body: Any) -> None:
    status, _, other = await post(client, DEDUP, headers={})
    assert status == 202
    first, again = [await post(client, body, path=path) for _ in range(2)]
    assert (first[0], first[2]) == (again[0], again[2])
    assert first[1].get("Location") == again[1].get("Location")
    assert b'"deduplicated":true' in again[2]
    assert json.loads(other)["jobId"].encode() in again[2]


async def test_a_call_that_is_repeated_is_answered_what_became_of_its_jobs(
    client: Client, store: Store, new_job: Any
) -> None:
    """Its reply was lost, and between the two the job that stood for its own has ended."""
    _, _, other = await post(client, DEDUP, headers={})
    job = new_job(now=store.now(), dedup=Dedup("a").hash)
    once = Once("dmps:default:once:x", b"mine")
    assert list((await store.submit_at_once([job], once))[1]) == [job.id]
    await take(store)
    await complete(store, json.loads(other)["jobId"])
    assert await store.submit_at_once([job], once) == (b"", {})
    assert (await store.view("default", job.id)).job.id == job.id
    another = Once(once.key, b"another")
    assert (await store.submit_at_once([new_job(now=store.now())], another))[0] == b"mine"


@pytest.mark.parametrize("nonsense", ["nonsense", "{}", "a\nb", "a\nb c d", "\udc80"])
async def test_nonsense_in_the_place_of_an_answer_is_not_answered(client: Client, redis: Any, nonsense: str) -> None:
    await post(client)
    (kept,) = redis.keys("dmps:default:once:*")
    redis.set(kept, nonsense.encode(errors="surrogateescape"))
    assert (await post(client))[0] == 422


async def test_a_batch_of_which_nothing_is_good_is_answered_the_same_too(client: Client) -> None:
    batch = {"jobs": [{"type": "nope", "payload": {}}]}
    first, again = [await post(client, batch, path="/api/jobs/batch") for _ in range(2)]
    assert (first[0], first[2]) == (again[0], again[2]) == (202, first[2])
