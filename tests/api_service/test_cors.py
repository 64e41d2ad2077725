import dataclasses

import pytest

from api_service.app import RESOURCES
from shared.settings import Settings
from tests.api_service.conftest import COMPLEX, Client, Connect

OURS, THEIRS = "https://app.example.org", "https://elsewhere.example"
ASKS = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization,content-type"}


@pytest.fixture
async def client(connect: Connect, settings: Settings) -> Client:
    return await connect(dataclasses.replace(settings, cors_origins=(OURS, "http://localhost:5173")))


async def test_a_page_of_an_origin_that_was_named_may_read_answers_and_refusals(client: Client) -> None:
    for path, status in (("/api/job-types", 200), ("/api/jobs/x", 404), ("/nowhere", 404)):
        async with client.get(path, headers={"Origin": OURS}) as response:
            assert response.status == status
            assert response.headers["Access-Control-Allow-Origin"] == OURS
            assert "X-Request-ID" in response.headers["Access-Control-Expose-Headers"]
            assert "Origin" in response.headers["Vary"]


async def test_a_page_of_another_origin_may_not(client: Client) -> None:
    async with client.get("/api/job-types", headers={"Origin": THEIRS}) as response:
        assert "Access-Control-Allow-Origin" not in response.headers
        assert "Origin" in response.headers["Vary"]


async def test_a_browser_that_asks_first_is_told_what_it_may_send(client: Client) -> None:
    async with client.options("/api/jobs", headers={"Origin": OURS, **ASKS}) as response:
        assert response.status == 204
        assert "POST" in response.headers["Access-Control-Allow-Methods"]
        assert {"Authorization", "Content-Type", "Idempotency-Key"} <= {
            name.strip() for name in response.headers["Access-Control-Allow-Headers"].split(",")
        }
    async with client.post("/api/jobs", json=COMPLEX, headers={"Origin": OURS}) as response:
        assert response.status == 202


async def test_a_page_may_upload_and_download_in_parts(client: Client) -> None:
    """https://fetch.spec.whatwg.org/#cors-safelisted-response-header-name, and of a request: all others are named."""
    path = "/api/uploads/01a20bd9-6453-76ed-b412-7526b44b1ca6"
    async with client.options(path, headers={"Origin": OURS, **ASKS}) as response:
        sent = response.headers["Access-Control-Allow-Headers"].split(", ")
        read = response.headers["Access-Control-Expose-Headers"].split(", ")
    assert {"Upload-Offset", "Upload-Complete", "Upload-Length", "Content-Digest", "Range", "If-Range"} <= {*sent}
    assert {"Upload-Offset", "Upload-Complete", "Content-Range", "Repr-Digest", "Location", "ETag"} <= {*read}
    assert {name for part in RESOURCES for route in part.ROUTES for name in route.operation.headers} <= {*sent}


async def test_a_browser_that_asks_for_another_origin_is_not(client: Client) -> None:
    async with client.options("/api/jobs", headers={"Origin": THEIRS, **ASKS}) as response:
        assert "Access-Control-Allow-Origin" not in response.headers


async def test_a_page_may_read_a_stream(client: Client) -> None:
    async with client.get("/api/events", headers={"Origin": OURS}) as response:
        assert response.headers["Access-Control-Allow-Origin"] == OURS


async def test_all_origins_may_be_named_at_once(connect: Connect, settings: Settings) -> None:
    client = await connect(dataclasses.replace(settings, cors_origins=("*",)))
    async with client.get("/health/live", headers={"Origin": THEIRS}) as response:
        assert response.headers["Access-Control-Allow-Origin"] == "*"
        assert "Vary" not in response.headers


async def test_nothing_is_shared_unless_an_origin_is_named(connect: Connect, settings: Settings) -> None:
    client = await connect(settings)
    async with client.options("/api/jobs", headers={"Origin": OURS, **ASKS}) as response:
        assert [name for name in response.headers if name.startswith("Access-Control")] == []
