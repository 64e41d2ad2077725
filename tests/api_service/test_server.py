import asyncio
import dataclasses
import json
import socket

import pytest
from structlog.testing import capture_logs

from api_service.server import serve
from shared.errors import Misconfigured
from shared.settings import Settings
from tests.api_service.conftest import Client

MARK = b"ATTACK"


async def raw(client: Client, request: bytes) -> bytes:
    """All that is answered to these bytes until the connection ends."""
    reader, writer = await asyncio.open_connection("127.0.0.1", client.port)
    writer.write(request)
    async with asyncio.timeout(10):
        answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    return answer


@pytest.mark.parametrize(
    "request_bytes",
    [
        pytest.param(b"\x16\x03\x01\x02\x00\x01" + MARK + b"\r\n\r\n", id="TLS"),
        pytest.param(b"GET / HTTP/9.9\r\nHost: localhost\r\n\r\n", id="version"),
        pytest.param(b"BREW / HTTP/1.1\r\nHost: localhost\r\n\r\n", id="unknown method"),
        pytest.param(b"G@T / HTTP/1.1\r\nHost: localhost\r\n\r\n", id="method"),
        pytest.param(b"GET / HTTP/1.1\r\nHost: localhost\r\n" + MARK + b" : 1\r\n\r\n", id="space before colon"),
        pytest.param(b"GET / HTTP/1.1\r\nHost: localhost\r\nX: a\x00" + MARK + b"\r\n\r\n", id="NUL"),
        pytest.param(b"GET / HTTP/1.1\r\nHost: localhost\r\nX: 1\r\n " + MARK + b"\r\n\r\n", id="folded"),
        pytest.param(b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + MARK * 3000 + b"\r\n\r\n", id="long header"),
        pytest.param(b"GET /" + MARK * 3000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n", id="long path"),
        pytest.param(b"GET / HTTP/1.1\r\nHost: localhost\r\n" + b"X: 1\r\n" * 200 + b"\r\n", id="many headers"),
        pytest.param(
            b"POST /api/jobs HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            id="smuggling",
        ),
        pytest.param(b"POST /api/jobs HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n", id="negative length"),
        pytest.param(b"POST /api/jobs HTTP/1.1\r\nHost: x\r\nContent-Length: +5\r\n\r\nhello", id="signed length"),
    ],
)
async def test_what_is_no_http_is_refused_as_a_problem_that_repeats_none_of_it(
    client: Client, request_bytes: bytes
) -> None:
    with capture_logs() as logged:
        head, _, body = (await raw(client, request_bytes)).partition(b"\r\n\r\n")
    assert head.startswith((b"HTTP/1.1 400 ", b"HTTP/1.0 400 "))
    assert b"application/problem+json" in head
    assert json.loads(body)["status"] == 400
    assert MARK not in head + body
    assert logged == []


async def test_a_body_that_breaks_its_own_framing_is_refused(client: Client) -> None:
    request = (
        b"POST /api/jobs HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        b"Transfer-Encoding: chunked\r\n\r\nZZ\r\n{}\r\n0\r\n\r\n"
    )
    answer = await raw(client, request)
    assert answer.split(b" ")[1] == b"400"
    assert b"application/problem+json" in answer


@pytest.mark.parametrize(
    ("header", "status"),
    [
        (b"Host: \xff\xfe", 400),
        (b"Host: b\xc3\xbccher.example", 400),
        (b"Host: localhost\r\nExpect: x", 417),
        (b"Host: localhost\r\nExpect: \xff", 417),
        (b"Host: localhost\r\nContent-Type: \xff", 415),
    ],
)
async def test_odd_headers_are_refused_as_problems_and_not_logged(client: Client, header: bytes, status: int) -> None:
    request = b"POST /api/jobs HTTP/1.1\r\nConnection: close\r\nContent-Length: 2\r\n" + header + b"\r\n\r\n{}"
    with capture_logs() as logged:
        head, _, body = (await raw(client, request)).partition(b"\r\n\r\n")
    assert b"application/problem+json" in head
    assert json.loads(body)["status"] == int(head.split(b" ")[1]) == status
    assert logged == []


async def test_http_0_9_is_not_spoken(client: Client) -> None:
    answer = await raw(client, b"GET /\n%#:# HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    assert answer.split(b" ")[1] == b"400"
    assert b"application/problem+json" in answer


async def test_a_taken_port_is_named(settings: Settings) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(Misconfigured, match=rf"Cannot listen on 127\.0\.0\.1:{port}: Address already in use"):
            await serve(dataclasses.replace(settings, port=port))


async def test_a_host_that_is_not_ours_is_named(settings: Settings) -> None:
    with pytest.raises(Misconfigured, match=r"Cannot listen on 192\.0\.2\.1:0"):
        await serve(dataclasses.replace(settings, host="192.0.2.1", port=0, allow_anonymous=True))
