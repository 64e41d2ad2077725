import gzip
import hashlib
from collections.abc import Mapping

import pytest
from aiohttp import ClientSession

from tests.api_service.conftest import COMPLEX, Client

JOB_TYPES = "/api/job-types"


@pytest.mark.parametrize(
    "accept",
    [
        "*/*",
        "application/json",
        "application/*",
        "APPLICATION/JSON",
        "text/html, application/json;q=0.1",
        "application/json; charset=utf-8",
        "application/*;q=0, application/json",
        "text/html;q=0.9, */*;q=0.1",
        "",
        "nonsense",
    ],
)
async def test_whoever_takes_json_gets_json(client: Client, accept: str) -> None:
    async with client.get(JOB_TYPES, headers={"Accept": accept}) as response:
        assert response.status == 200


@pytest.mark.parametrize(
    "accept",
    ["text/html", "application/xml", "application/json;q=0", "*/*;q=0", "application/*;q=0, */*", "image/*"],
)
async def test_whoever_rules_json_out_is_told_what_there_is(client: Client, accept: str) -> None:
    async with client.get(JOB_TYPES, headers={"Accept": accept}) as response:
        assert response.status == 406
        problem = await response.json(content_type="application/problem+json")
        assert "application/json" in problem["detail"]


async def test_nothing_is_done_for_one_who_could_not_read_the_answer(client: Client, redis: object) -> None:
    async with client.post("/api/jobs", json=COMPLEX, headers={"Accept": "text/csv"}) as response:
        assert response.status == 406
    async with client.get("/api/workers", headers={"Accept": "x" * 5_000 + "/y"}) as response:
        assert response.status == 406


async def test_several_headers_are_as_good_as_one(client: Client) -> None:
    headers = [("Accept", "text/html"), ("Accept", "application/json")]
    async with client.get(JOB_TYPES, headers=headers) as response:
        assert response.status == 200


async def test_a_stream_is_for_those_who_take_streams(client: Client) -> None:
    async with client.get("/api/events", headers={"Accept": "application/json"}) as response:
        assert response.status == 406
    async with client.get("/api/events", headers={"Accept": "text/event-stream"}) as response:
        assert response.status == 200


async def test_a_file_is_for_all_who_take_anything(client: Client) -> None:
    async with client.post("/api/files", data=b"text") as response:
        path = response.headers["Location"]
    async with client.get(path, headers={"Accept": "image/png"}) as response:
        assert response.status == 200


async def test_a_page_and_json_are_both_offered_at_the_root(client: Client) -> None:
    for accept, media_type in (("text/html", "text/html"), ("application/json", "application/json")):
        async with client.get("/", headers={"Accept": accept}) as response:
            assert response.content_type == media_type


async def raw(client: Client, path: str, **headers: str) -> tuple[Mapping[str, str], bytes]:
    """The headers, and the body as it came."""
    async with (
        ClientSession(auto_decompress=False, skip_auto_headers=["Accept-Encoding"]) as session,
        session.get(client.make_url(path), headers=headers) as response,
    ):
        return response.headers, await response.read()


async def test_a_long_answer_is_packed_for_those_who_can_unpack_it(client: Client) -> None:
    plain_headers, plain = await raw(client, JOB_TYPES)
    headers, packed = await raw(client, JOB_TYPES, **{"Accept-Encoding": "br, gzip;q=0.5"})
    assert gzip.decompress(packed) == plain
    assert len(packed) < len(plain) / 3
    assert headers["Content-Encoding"] == "gzip"
    assert headers["Vary"] == plain_headers["Vary"] == "Accept-Encoding"
    assert "Content-Encoding" not in plain_headers


async def test_the_etag_is_that_of_the_body_before_it_is_packed(client: Client) -> None:
    headers, packed = await raw(client, JOB_TYPES, **{"Accept-Encoding": "gzip"})
    tag = hashlib.blake2b(gzip.decompress(packed), digest_size=16).hexdigest()
    assert headers["ETag"] == f'"{tag}"'
    async with client.get(JOB_TYPES, headers={"If-None-Match": headers["ETag"]}) as response:
        assert (response.status, response.headers["Vary"]) == (304, "Accept-Encoding")


@pytest.mark.parametrize("accepted", ["", "identity", "gzip;q=0", "br", "*;q=0", "gzip;q=x"])
async def test_nothing_is_packed_for_those_who_cannot_unpack_it(client: Client, accepted: str) -> None:
    headers, _ = await raw(client, JOB_TYPES, **{"Accept-Encoding": accepted})
    assert "Content-Encoding" not in headers


async def test_what_is_short_is_not_packed(client: Client) -> None:
    headers, _ = await raw(client, "/health/live", **{"Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in headers
    assert "Vary" not in headers


async def test_files_and_streams_are_never_packed(client: Client) -> None:
    async with client.post("/api/files", data=b"text " * 1_000) as response:
        path = response.headers["Location"]
    headers, body = await raw(client, path, **{"Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in headers
    assert body == b"text " * 1_000
    async with client.get("/api/events", headers={"Accept-Encoding": "gzip"}) as response:
        assert "Content-Encoding" not in response.headers


async def test_the_head_of_a_packed_answer_is_the_same(client: Client) -> None:
    async with (
        ClientSession(auto_decompress=False) as session,
        session.head(client.make_url(JOB_TYPES), headers={"Accept-Encoding": "gzip"}) as response,
    ):
        assert response.headers["Content-Encoding"] == "gzip"
        assert await response.read() == b""
