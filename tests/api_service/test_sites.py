"""What web pages can make of a service without keys: any page may have a browser send a simple request to it."""

import dataclasses
from typing import Any

import pytest

from shared.settings import Settings
from tests.api_service.conftest import COMPLEX, Client, Connect
from tests.api_service.keyed import with_keys

EVIL = "https://evil.example"
FROM_OTHERS: tuple[dict[str, str], ...] = (
    {"Sec-Fetch-Site": "cross-site", "Origin": EVIL},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site", "Origin": "http://localhost:5173"},
    {"Sec-Fetch-Site": "none", "Origin": EVIL},
    {"Origin": EVIL},
    {"Origin": "null"},
    {"Origin": "http://["},
)
OF_OTHERS = (
    "evil.example",
    "evil.example:3000",
    "127.0.0.1.evil.example",
    "localhost.evil.example",
    "xlocalhost",
    "a@[::1]",
)
OURS = ("localhost", "LocalHost:3000", "dmps.localhost", "localhost.", "127.0.0.1", "[::1]:3000", "192.0.2.1:80")


async def status(client: Client, method: str, path: str, **kwargs: Any) -> int:
    async with client.request(method, path, **kwargs) as response:
        if response.status in {403, 421}:
            assert "DMPS_CORS_ORIGINS" in await response.text() or response.status == 421
        return response.status


def origin(client: Client) -> str:
    return f"http://{client.host}:{client.port}"


async def test_a_page_of_another_origin_changes_nothing(client: Client, submit: Any) -> None:
    job = await submit(delay=60)
    for headers in FROM_OTHERS:
        simple = {**headers, "Content-Type": "text/plain"}
        for path in ("/api/files", f"/api/jobs/{job}/cancel"):
            assert await status(client, "POST", path, data=b"x", headers=simple) == 403, (path, headers)
        assert await status(client, "DELETE", f"/api/jobs/{job}", headers=headers) == 403
    async with client.get(f"/api/jobs/{job}") as response:
        assert (await response.json())["status"] == "scheduled"


async def test_a_page_of_another_origin_may_ask(client: Client) -> None:
    for headers in FROM_OTHERS:
        assert await status(client, "GET", "/api/jobs", headers=headers) == 200
        assert await status(client, "OPTIONS", "/api/jobs", headers=headers) == 204


async def test_programs_and_pages_of_ours_change_what_they_like(client: Client) -> None:
    for headers in (
        {},
        {"Origin": origin(client)},
        {"Origin": origin(client), "Sec-Fetch-Site": "same-origin"},
        {"Origin": origin(client).replace("http:", "https:"), "Sec-Fetch-Site": "same-origin"},
        {"Sec-Fetch-Site": "none"},
    ):
        assert await status(client, "POST", "/api/files", data=b"x", headers=headers) == 201, headers


@pytest.mark.parametrize("origins", [(EVIL,), ("*",)])
async def test_a_page_whose_origin_was_named_may_as_well(
    connect: Connect, settings: Settings, origins: tuple[str, ...]
) -> None:
    client = await connect(dataclasses.replace(settings, cors_origins=origins))
    assert await status(client, "POST", "/api/files", data=b"x", headers=FROM_OTHERS[0]) == 201


async def test_a_name_that_may_be_turned_to_this_machine_opens_nothing(client: Client) -> None:
    for host in OF_OTHERS:
        for path in ("/", "/api/jobs", "/openapi.json"):
            assert await status(client, "GET", path, headers={"Host": host}) == 421, host
        named = {"Host": host, "Origin": f"http://{host}", "Sec-Fetch-Site": "same-origin"}
        assert await status(client, "POST", "/api/files", data=b"x", headers=named) == 421


async def test_this_machine_is_known_by_its_addresses_and_as_localhost(client: Client) -> None:
    for host in OURS:
        assert await status(client, "GET", "/api/jobs", headers={"Host": host}) == 200, host


async def test_a_service_that_others_reach_may_be_called_anything(connect: Connect, settings: Settings) -> None:
    client = await connect(dataclasses.replace(settings, host="0.0.0.0"))  # noqa: S104 - as in a container
    assert await status(client, "GET", "/api/jobs", headers={"Host": "jobs.example"}) == 200
    assert await status(client, "POST", "/api/files", data=b"x", headers=FROM_OTHERS[0]) == 403


async def test_where_keys_are_in_force_a_page_needs_one_and_names_do_not_matter(
    connect: Connect, settings: Settings
) -> None:
    client = await connect(with_keys(settings))
    for headers in ({"Host": "jobs.example"}, FROM_OTHERS[0]):
        assert await status(client, "POST", "/api/jobs", json=COMPLEX, headers=headers) == 401
