"""The corpus of bad submissions: each is refused as a problem that names the field, and none costs anything."""

import gzip
import json
from collections.abc import AsyncIterator
from io import BytesIO
from typing import Any

import pytest
from redis import Redis

from tests.api_service.conftest import COMPLEX, Client

JSON = {"Content-Type": "application/json"}
GOOD = json.dumps(COMPLEX).encode()
HOSTILE = "\x00\u202e<script>" + "x" * 50


def calculation(numbers: bytes) -> bytes:
    return b'{"type": "calculation", "payload": {"operation": "sum", "numbers": ' + numbers + b"}}"


def with_options(options: bytes) -> bytes:
    return GOOD[:-1] + b', "options": ' + options + b"}"


BAD_BODIES: list[tuple[str, bytes, int, str]] = [
    ("empty", b"", 400, ""),
    ("blank", b" \n", 400, ""),
    ("cut off", GOOD[:-1], 400, ""),
    ("two texts", GOOD + GOOD, 400, ""),
    ("BOM", b"\xef\xbb\xbf" + GOOD, 400, ""),
    ("UTF-16", GOOD.decode().encode("utf-16"), 400, ""),
    ("form", b"type=calculation&payload=1", 400, ""),
    ("NaN", calculation(b"[NaN]"), 400, ""),
    ("infinity", calculation(b"[-Infinity]"), 400, ""),
    ("leading zero", calculation(b"[01]"), 400, ""),
    ("hexadecimal", calculation(b"[0x1]"), 400, ""),
    ("trailing comma", calculation(b"[1,]"), 400, ""),
    ("lone surrogate", calculation(b'["\\ud800"]'), 400, ""),
    ("bad UTF-8", calculation(b'["\xff"]'), 400, "/payload/numbers/0"),
    ("too deep", calculation(b"[" * 31 + b"]" * 31), 400, ""),
    ("endless", calculation(b"[" * 100_000), 400, ""),
    ("endless objects", b'{"payload":' * 90_000, 400, ""),
    ("array", b"[" + GOOD + b"]", 422, ""),
    ("text", b'"calculation"', 422, ""),
    ("null", b"null", 422, ""),
    ("number", b"1", 422, ""),
    ("nothing in it", b"{}", 422, "/type"),
    ("no type", b'{"payload": {}}', 422, "/type"),
    ("no payload", b'{"type": "calculation"}', 422, "/payload"),
    ("type is null", b'{"type": null, "payload": {}}', 422, "/type"),
    ("type is a number", b'{"type": 1, "payload": {}}', 422, "/type"),
    ("type is an array", b'{"type": ["calculation"], "payload": {}}', 422, "/type"),
    ("unknown type", b'{"type": "nope", "payload": {}}', 422, "/type"),
    ("type in capitals", b'{"type": "CALCULATION", "payload": {}}', 422, "/type"),
    ("hostile type", json.dumps({"type": HOSTILE, "payload": {}}).encode(), 422, "/type"),
    ("unknown member", GOOD[:-1] + b', "id": "mine"}', 422, "/id"),
    ("member to escape", GOOD[:-1] + b', "a/b~": 1}', 422, "/a~1b~0"),
    ("pollution", GOOD[:-1] + b', "__proto__": {}}', 422, "/__proto__"),
    ("payload is an array", b'{"type": "calculation", "payload": []}', 422, "/payload"),
    ("payload is text", b'{"type": "calculation", "payload": "{}"}', 422, "/payload"),
    ("unknown payload member", calculation(b'[1], "x": 1'), 422, "/payload/x"),
    (
        "unknown operation",
        b'{"type":"calculation","payload":{"operation":"x","numbers":[1]}}',
        422,
        "/payload/operation",
    ),
    ("no numbers", calculation(b"[]"), 422, "/payload/numbers"),
    ("numbers are an object", calculation(b"{}"), 422, "/payload/numbers"),
    ("boolean", calculation(b"[1, true]"), 422, "/payload/numbers/1"),
    ("numeric text", calculation(b'["1"]'), 422, "/payload/numbers/0"),
    ("null number", calculation(b"[null]"), 422, "/payload/numbers/0"),
    ("1e400", calculation(b"[1, 2, 1e400]"), 422, "/payload/numbers/2"),
    ("huge exponent", calculation(b"[1e999999999999999999999]"), 422, "/payload/numbers/0"),
    ("5,000 digits", calculation(b"[" + b"9" * 5000 + b"]"), 422, "/payload/numbers/0"),
    ("options are null", with_options(b"null"), 422, "/options"),
    ("options are an array", with_options(b"[]"), 422, "/options"),
    ("unknown option", with_options(b'{"retries": 1}'), 422, "/options/retries"),
    ("no such priority", with_options(b'{"priority": "highest"}'), 422, "/options/priority"),
    ("negative delay", with_options(b'{"delay": -1}'), 422, "/options/delay"),
    ("text delay", with_options(b'{"delay": "1"}'), 422, "/options/delay"),
    ("endless delay", with_options(b'{"delay": 1e300}'), 422, "/options/delay"),
    ("delay and runAt", with_options(b'{"delay": 1, "runAt": "2030-01-01T00:00:00Z"}'), 422, "/options/runAt"),
    ("runAt without offset", with_options(b'{"runAt": "2030-01-01T00:00:00"}'), 422, "/options/runAt"),
    ("runAt as a number", with_options(b'{"runAt": 1893456000}'), 422, "/options/runAt"),
    ("runAt in year 10000", with_options(b'{"runAt": "9999-12-31T23:00:00-02:00"}'), 422, "/options/runAt"),
    ("no attempts", with_options(b'{"maxAttempts": 0}'), 422, "/options/maxAttempts"),
    ("101 attempts", with_options(b'{"maxAttempts": 101}'), 422, "/options/maxAttempts"),
    ("half an attempt", with_options(b'{"maxAttempts": 1.5}'), 422, "/options/maxAttempts"),
    ("true attempts", with_options(b'{"maxAttempts": true}'), 422, "/options/maxAttempts"),
    ("no time", with_options(b'{"timeout": 0}'), 422, "/options/timeout"),
    ("two days", with_options(b'{"timeout": 172800}'), 422, "/options/timeout"),
    ("tags as text", with_options(b'{"tags": "a"}'), 422, "/options/tags"),
    ("tag with a blank", with_options(b'{"tags": ["a", "b c"]}'), 422, "/options/tags/1"),
    ("tag twice", with_options(b'{"tags": ["a", "a"]}'), 422, "/options/tags"),
    ("21 tags", with_options(json.dumps({"tags": [str(n) for n in range(21)]}).encode()), 422, "/options/tags"),
    ("metadata as text", with_options(b'{"metadata": "x"}'), 422, "/options/metadata"),
    ("metadata over 4 KiB", with_options(b'{"metadata": {"a": "' + b"x" * 4090 + b'"}}'), 422, "/options/metadata"),
    ("1e400 in metadata", with_options(b'{"metadata": {"a": 1e400}}'), 422, "/options/metadata/a"),
    ("kept for ever", with_options(b'{"keepFor": 31536001}'), 422, "/options/keepFor"),
]


async def refused(client: Client, data: Any, headers: dict[str, str], status: int) -> dict[str, Any]:
    async with client.post("/api/jobs", data=data, headers=headers) as response:
        text = await response.text()
        assert response.status == status, text
        assert response.content_type == "application/problem+json"
    assert "Traceback" not in text
    body: dict[str, Any] = json.loads(text)
    assert body["status"] == status
    assert body["type"]
    assert body["title"]
    assert body["detail"]
    return body


@pytest.mark.parametrize(
    ("body", "status", "pointer"), [bad[1:] for bad in BAD_BODIES], ids=[bad[0] for bad in BAD_BODIES]
)
async def test_a_bad_body_is_refused_with_the_place_of_its_mistake(
    client: Client, redis: Redis, body: bytes, status: int, pointer: str
) -> None:
    problem = await refused(client, BytesIO(body), JSON, status)
    assert pointer in [error["pointer"] for error in problem["errors"]]
    assert all(error["code"] and error["detail"] for error in problem["errors"])
    assert redis.dbsize() == 0


@pytest.mark.parametrize(
    "content_type",
    [
        "",
        "text/plain",
        "text/json",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/vnd.api+json",
        "application/json; charset=utf-16",
        "application/json; charset=nonsense",
        "json",
        "application/jsonx",
        ";;;",
    ],
)
async def test_what_is_not_said_to_be_json_in_utf_8_is_refused(client: Client, content_type: str) -> None:
    await refused(client, GOOD, {"Content-Type": content_type}, 415)


@pytest.mark.parametrize(
    "content_type", ["application/json", "Application/JSON", "application/json; charset=UTF-8", "application/json;x=y"]
)
async def test_json_may_be_said_in_many_ways(client: Client, content_type: str) -> None:
    async with client.post("/api/jobs", data=GOOD, headers={"Content-Type": content_type}) as response:
        assert response.status == 202


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "zstd", "gzip, gzip", "nonsense"])
async def test_a_body_in_a_content_encoding_is_refused_unopened(client: Client, encoding: str) -> None:
    bomb = gzip.compress(b" " * 10_000_000)
    await refused(client, bomb, {**JSON, "Content-Encoding": encoding}, 415)


@pytest.mark.parametrize("body", [b"", b" \n"])
async def test_an_empty_body_is_called_so(client: Client, body: bytes) -> None:
    assert (await refused(client, BytesIO(body), JSON, 400))["detail"] == "The body is empty. Send a JSON object."


async def test_a_body_may_take_one_mebibyte_and_no_more(client: Client) -> None:
    limit = 1024 * 1024
    exactly = GOOD + b" " * (limit - len(GOOD))
    async with client.post("/api/jobs", data=BytesIO(exactly), headers=JSON) as response:
        assert response.status == 202
    await refused(client, BytesIO(exactly + b" "), JSON, 413)


async def test_a_body_of_unknown_length_is_measured_as_it_arrives(client: Client) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(20):
            yield b" " * 65_536

    problem = await refused(client, endless(), JSON, 413)
    assert problem["title"] == "Body too large"


async def test_a_body_in_chunks_is_a_body(client: Client) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for byte in GOOD:
            yield bytes([byte])

    async with client.post("/api/jobs", data=chunks(), headers=JSON) as response:
        assert response.status == 202
