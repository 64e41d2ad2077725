import asyncio
import dataclasses
import logging
from typing import Any

import pytest
from aiohttp import ClientPayloadError, ClientResponse
from aiohttp.test_utils import make_mocked_request

from api_service.access import Role
from api_service.authentication import BELIEVED, Authentication
from api_service.keys import GATE
from api_service.problems import Problem
from shared.settings import Settings
from shared.store import Store, api_keys
from tests.api_service.conftest import COMPLEX, Client, Connect
from tests.api_service.fleet import take
from tests.api_service.keyed import PEPPER, id_of, make_key, shown, with_keys

JOB_TYPES = "/api/job-types"
WITHIN = 20.0  # seconds: one is promised, which no test asks of a machine that does other things, too


@pytest.fixture
async def client(connect: Connect, settings: Settings) -> Client:
    return await connect(with_keys(settings))


async def refusal(response: ClientResponse) -> tuple[int, str]:
    return response.status, (await response.json(content_type="application/problem+json"))["title"]


async def test_whoever_shows_no_key_is_told_to(client: Client) -> None:
    async with client.get(JOB_TYPES) as response:
        assert await refusal(response) == (401, "API key needed")
        assert response.headers["WWW-Authenticate"] == 'Bearer realm="dmps"'


async def test_whoever_shows_something_else_than_a_key_is_told_to(client: Client) -> None:
    async with client.get(JOB_TYPES, headers={"Authorization": "Basic dXNlcjpwYXNz"}) as response:
        assert await refusal(response) == (401, "API key needed")


async def test_a_key_opens_what_its_role_may(client: Client, store: Store) -> None:
    async with client.get(JOB_TYPES, headers=shown(await make_key(store))) as response:
        assert response.status == 200


@pytest.mark.parametrize("scheme", ["bearer", "BEARER"])
async def test_the_name_of_the_scheme_may_be_written_in_any_case(client: Client, store: Store, scheme: str) -> None:
    async with client.get(JOB_TYPES, headers={"Authorization": f"{scheme} {await make_key(store)}"}) as response:
        assert response.status == 200


def without_end(token: str) -> str:
    return token[:-1]


def of_nobody(token: str) -> str:
    return f"dmps_0123456789abcdef_{token[-43:]}"


def with_another_secret(token: str) -> str:
    return f"{token[:-1]}{'A' if token[-1] != 'A' else 'B'}"


@pytest.mark.parametrize(
    "spoil",
    [
        without_end,
        of_nobody,
        with_another_secret,
        str.upper,
        lambda _: "",
        lambda token: f"{token}=",
        lambda _: "x" * 999,
    ],
)
async def test_what_is_no_key_is_refused_without_saying_why(client: Client, store: Store, spoil: Any) -> None:
    async with client.get(JOB_TYPES, headers=shown(spoil(await make_key(store)))) as response:
        assert await refusal(response) == (401, "API key not valid")
        assert 'error="invalid_token"' in response.headers["WWW-Authenticate"]


async def test_a_role_that_does_not_suffice_is_told_which_would(client: Client, store: Store) -> None:
    async with client.post("/api/jobs", json=COMPLEX, headers=shown(await make_key(store))) as response:
        assert await refusal(response) == (403, "Role does not suffice")
        challenge = response.headers["WWW-Authenticate"]
        assert 'error="insufficient_scope", scope="submitter"' in challenge


async def test_a_key_of_another_pepper_is_none(connect: Connect, settings: Settings, store: Store) -> None:
    client = await connect(dataclasses.replace(settings, pepper=PEPPER[::-1]))
    async with client.get(JOB_TYPES, headers=shown(await make_key(store))) as response:
        assert await refusal(response) == (401, "API key not valid")


async def test_a_key_ends_when_its_time_is_over(client: Client, store: Store) -> None:
    key = shown(await make_key(store, lifetime=0.3))
    async with client.get(JOB_TYPES, headers=key) as response:
        assert response.status == 200
    async with asyncio.timeout(5):
        while (await client.get(JOB_TYPES, headers=key)).status != 401:
            pass


async def test_a_revoked_key_opens_nothing_once_the_store_is_asked_again(store: Store) -> None:
    clock = iter([0.0, 0.9 * BELIEVED, BELIEVED])
    authentication = Authentication(store.link, PEPPER, clock=lambda: next(clock))
    token = await make_key(store)
    request = make_mocked_request("GET", JOB_TYPES, headers=shown(token))
    assert (await authentication.caller(request)).tenant == "acme"
    await api_keys.revoke(store.link, id_of(token))
    assert (await authentication.caller(request)).tenant == "acme"
    with pytest.raises(Problem, match="it has expired or was revoked"):
        await authentication.caller(request)


async def test_a_revoked_key_opens_nothing_soon(client: Client, store: Store) -> None:
    token = await make_key(store)
    assert (await client.get(JOB_TYPES, headers=shown(token))).status == 200
    await api_keys.revoke(store.link, id_of(token))
    async with asyncio.timeout(WITHIN):
        while (await client.get(JOB_TYPES, headers=shown(token))).status != 401:
            pass


async def test_a_stream_ends_soon_after_the_revocation_of_its_key(client: Client, store: Store) -> None:
    revoked, kept = await make_key(store), await make_key(store)
    async with (
        client.get("/api/events", headers=shown(revoked)) as stream,
        client.get("/api/events", headers=shown(kept)) as other,
    ):
        assert await stream.content.readline()
        await api_keys.revoke(store.link, id_of(revoked))
        async with asyncio.timeout(WITHIN):
            with pytest.raises(ClientPayloadError):
                await stream.content.read()
        assert other.connection is not None


async def test_one_who_waits_is_answered_when_their_key_is_revoked(client: Client, store: Store) -> None:
    token = await make_key(store, role=Role.SUBMITTER)
    headers = {**shown(token), "Prefer": "wait=60"}
    waiting = asyncio.ensure_future(client.post("/api/jobs", json=COMPLEX, headers=headers))
    await take(store)
    await api_keys.revoke(store.link, id_of(token))
    async with asyncio.timeout(10), await waiting as response:
        assert (response.status, (await response.json())["status"]) == (202, "pending")


async def test_nothing_is_remembered_of_requests_that_were_answered(client: Client, store: Store) -> None:
    async with client.get(JOB_TYPES, headers=shown(await make_key(store))) as response:
        await response.read()
    authentication = client.app[GATE].authentication
    assert authentication is not None
    assert authentication._served == {}


async def test_a_key_is_nowhere_in_the_store_nor_in_the_log(
    client: Client, store: Store, redis: Any, caplog: pytest.LogCaptureFixture
) -> None:
    token = await make_key(store)
    secret = token[-43:]
    with caplog.at_level(logging.DEBUG):
        for key in (token, with_another_secret(token)):
            async with client.get("/api/jobs/x", headers=shown(key)) as response:
                assert secret[:-1] not in await response.text()
    held = b" ".join(redis.get(key) for key in redis.scan_iter("dmps:key:*"))
    assert id_of(token).encode() in held
    assert secret.encode() not in held
    assert PEPPER.encode() not in held
    assert secret[:-1] not in caplog.text


async def test_nobody_is_let_in_while_the_store_is_away(connect: Connect, settings: Settings, store: Store) -> None:
    client = await connect(with_keys(settings, redis_url="redis://127.0.0.1:1"))
    async with client.get(JOB_TYPES, headers=shown(await make_key(store))) as response:
        assert await refusal(response) == (503, "Store unavailable")


async def test_what_is_not_about_jobs_takes_no_key(client: Client) -> None:
    for path in ("/", "/docs", "/openapi.json", "/health/live", "/problems/api-key-needed"):
        async with client.get(path) as response:
            assert response.status == 200, path


async def test_only_a_holder_of_a_key_is_told_of_the_workers_by_health(client: Client, store: Store) -> None:
    async with client.get("/health/ready") as response:
        assert await response.json() == {"status": "ready"}
    async with client.get("/health/ready", headers=shown(await make_key(store))) as response:
        assert "workers" in await response.json()
    async with client.get("/health/ready", headers=shown("x")) as response:
        assert await refusal(response) == (401, "API key not valid")


async def test_the_document_says_which_role_each_route_needs(client: Client) -> None:
    async with client.get("/openapi.json") as response:
        document = await response.json()
    assert document["components"]["securitySchemes"]["key"]["scheme"] == "bearer"
    assert document["paths"]["/api/jobs"]["post"]["security"] == [{"key": ["submitter"]}]
    assert document["paths"]["/health/live"]["get"]["security"] == []


async def test_without_a_pepper_there_are_no_keys(connect: Connect, settings: Settings) -> None:
    client = await connect(settings)
    assert GATE not in client.app
    async with client.get(JOB_TYPES, headers=shown("whatever")) as response:
        assert response.status == 200


async def test_an_admin_may_whatever_others_may(client: Client, store: Store) -> None:
    key = shown(await make_key(store, role=Role.ADMIN))
    async with client.post("/api/jobs", json=COMPLEX, headers=key) as response:
        assert response.status == 202
    async with client.get("/api/queues", headers=key) as response:
        assert response.status == 200
