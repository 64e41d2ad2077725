import dataclasses
import json
import re

import pytest

from api_service.problem_types import PROBLEM_TYPES
from shared.settings import Settings
from tests.api_service.conftest import Client, Connect

PAGES = ("/docs", "/problems/validation-failed")


async def read(client: Client, path: str, **headers: str) -> str:
    async with client.get(path, headers=headers) as response:
        assert (response.status, response.content_type) == (200, "text/html")
        return await response.text()


async def test_the_document_is_openapi_and_is_not_sent_twice(client: Client) -> None:
    async with client.get("/openapi.json") as response:
        assert (response.status, response.content_type) == (200, "application/json")
        assert (await response.json())["openapi"] == "3.1.1"
    async with client.get("/openapi.json", headers={"If-None-Match": response.headers["ETag"]}) as response:
        assert response.status == 304


async def test_the_page_shows_every_route_schema_and_problem(client: Client) -> None:
    async with client.get("/openapi.json") as response:
        document = await response.json()
    page = await read(client, "/docs")
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            assert f'<section id="{operation["operationId"]}">' in page
            assert f"<h3><code>{method.upper()} {path}</code></h3>" in page
    for name in document["components"]["schemas"]:
        assert f'<section id="schema-{name}">' in page
    for known in PROBLEM_TYPES.values():
        assert f'<a href="{known.uri}">' in page


async def test_every_link_of_the_page_leads_somewhere(client: Client) -> None:
    page = await read(client, "/docs")
    anchors = set(re.findall(r' id="([^"]+)"', page))
    links = set(re.findall(r'href="([^"]+)"', page))
    assert len(links) > 50
    for link in links:
        if link.startswith("#"):
            assert link[1:] in anchors, link
        else:
            async with client.get(link) as response:
                assert response.status == 200, link


@pytest.mark.parametrize("path", PAGES)
async def test_a_page_runs_no_script_and_loads_nothing(client: Client, path: str) -> None:
    async with client.get(path) as response:
        policy = response.headers["Content-Security-Policy"]
        page = await response.text()
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy
    assert not re.search(r"<script|<link|src=|url\(|@import|http-equiv|style=", page)


async def test_the_commands_of_the_page_work_from_where_the_reader_is(client: Client) -> None:
    page = await read(client, "/docs")
    commands = re.findall(r"curl[^<]*/api/jobs&#x27; [^<]*-d &#x27;(.*?)&#x27;<", page)
    assert f"curl -X POST &#x27;http://127.0.0.1:{client.port}/api/jobs&#x27;" in page
    body = json.loads(commands[0].replace("&quot;", '"'))
    async with client.post("/api/jobs", json=body) as response:
        assert response.status == 202


async def test_a_host_that_was_made_up_stays_text(connect: Connect, settings: Settings) -> None:
    client = await connect(dataclasses.replace(settings, host="0.0.0.0"))  # noqa: S104 - else it is refused
    page = await read(client, "/docs", Host="x'><b>")
    assert "<b>" not in page
    assert "\x00" not in page


@pytest.mark.parametrize("name", PROBLEM_TYPES)
async def test_each_type_of_problem_has_a_page(client: Client, name: str) -> None:
    page = await read(client, f"/problems/{name}")
    assert f"<h1>{PROBLEM_TYPES[name].title}</h1>" in page


async def test_the_type_of_a_problem_leads_to_its_page(client: Client) -> None:
    async with client.post("/api/jobs", json={}) as response:
        problem = await response.json(content_type="application/problem+json")
    assert problem["title"] in await read(client, problem["type"])


@pytest.mark.parametrize("name", ["nope", "Validation-failed", "%00", "..%2fdocs"])
async def test_what_is_no_type_of_a_problem_is_not_found(client: Client, name: str) -> None:
    async with client.get(f"/problems/{name}") as response:
        assert response.status == 404
