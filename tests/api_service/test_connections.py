"""Callers who are slow, silent or too many. The deadlines are short here; callers wait for what the service does."""

import asyncio
import dataclasses
import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from io import BytesIO
from pathlib import Path

import pytest
from aiohttp import web
from redis import Redis
from structlog.testing import capture_logs

from api_service.app import create_app
from api_service.server import Runner, deadlines
from shared.settings import Settings
from tests.api_service.conftest import COMPLEX, Client, Connect, ServerUnderTest
from tests.waiting import until

DEADLINE = 0.4
HEAD = b"POST /api/jobs HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
UPLOAD = b"POST /api/files HTTP/1.1\r\nHost: localhost\r\n"
LIVE = b"GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return dataclasses.replace(settings, head_timeout=DEADLINE, body_timeout=DEADLINE, idle_timeout=DEADLINE)


@pytest.fixture
async def patient(connect: Connect, settings: Settings) -> Client:
    """One whose idle connections may stay."""
    return await connect(dataclasses.replace(settings, idle_timeout=60))


class Caller:
    """A connection, byte by byte."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def rest(self) -> bytes:
        """All that is answered until the service ends the connection.

        One that ends while a byte of ours is under way is reset: what was answered before that counts.
        """
        answer = b""
        async with asyncio.timeout(10):
            with suppress(ConnectionResetError):
                while block := await self.reader.read(65536):
                    answer += block
        self.writer.close()
        return answer

    async def drip(self, data: bytes, pause: float) -> bytes:
        """Send a byte now and then, and see what becomes of it."""
        answer = asyncio.create_task(self.rest())
        for byte in data:
            self.writer.write(bytes([byte]))
            await asyncio.wait([answer], timeout=pause)
            if answer.done():
                break
        return await answer


async def call(client: Client, data: bytes = b"") -> Caller:
    reader, writer = await asyncio.open_connection("127.0.0.1", client.port)
    writer.write(data)
    return Caller(reader, writer)


def server_of(client: Client) -> web.Server:
    runner = client.server.runner
    assert runner is not None
    assert runner.server is not None
    return runner.server


def is_timed_out(answer: bytes) -> bool:
    head, _, body = answer.partition(b"\r\n\r\n")
    return (
        head.startswith(b"HTTP/1.1 408 Request Timeout\r\n")
        and b"\r\nContent-Type: application/problem+json" in head
        and b"\r\nConnection: close" in head
        and json.loads(body)["status"] == 408
    )


async def test_a_connection_that_says_nothing_ends(client: Client) -> None:
    assert await (await call(client)).rest() == b""


async def test_a_head_that_stops_ends(patient: Client) -> None:
    assert is_timed_out(await (await call(patient, HEAD)).rest())


async def test_a_head_that_comes_byte_by_byte_ends(patient: Client) -> None:
    caller = await call(patient)
    assert is_timed_out(await caller.drip(HEAD + b"X: " + b"x" * 1000, DEADLINE / 10))


async def test_a_second_head_has_its_deadline_too(patient: Client) -> None:
    caller = await call(patient, LIVE)
    first = await caller.reader.readuntil(b"}")
    assert first.startswith(b"HTTP/1.1 200 ")
    assert is_timed_out(await caller.drip(HEAD + b"x" * 1000, DEADLINE / 10))


async def test_an_idle_connection_ends(client: Client) -> None:
    answer = await (await call(client, LIVE)).rest()
    assert answer.startswith(b"HTTP/1.1 200 ")


async def test_an_idle_connection_may_stay_for_its_own_time(patient: Client) -> None:
    caller = await call(patient, LIVE)
    assert (await caller.reader.readuntil(b"}")).startswith(b"HTTP/1.1 200 ")
    assert await (await call(patient)).rest() == b""  # a younger one, which said nothing, has ended meanwhile
    caller.writer.write(LIVE)
    assert (await caller.reader.readuntil(b"}")).startswith(b"HTTP/1.1 200 ")
    caller.writer.close()


@pytest.mark.parametrize("framing", [b"Content-Length: 100", b"Transfer-Encoding: chunked"])
@pytest.mark.parametrize("begun", [b"", b"5\r\n"])
async def test_a_body_that_stops_ends(patient: Client, redis: Redis, framing: bytes, begun: bytes) -> None:
    caller = await call(patient, HEAD + framing + b"\r\n\r\n" + begun)
    assert is_timed_out(await caller.rest())
    assert redis.dbsize() == 0


async def test_a_body_that_comes_byte_by_byte_ends(patient: Client) -> None:
    caller = await call(patient, HEAD + b"Content-Length: 1000\r\n\r\n")
    assert is_timed_out(await caller.drip(b" " * 1000, DEADLINE / 10))


async def answer_late(_: web.Request) -> web.Response:
    await asyncio.sleep(DEADLINE * 2)
    return web.Response()


async def test_a_request_that_takes_us_longer_than_its_deadlines_is_answered(
    aiohttp_client: Callable[..., Awaitable[Client]], settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    app = create_app(settings)
    app.add_routes([web.get("/late", answer_late), web.post("/late", answer_late)])
    client = await aiohttp_client(ServerUnderTest(app))
    async with client.get("/late") as got, client.post("/late", data=b"x") as posted:
        assert (got.status, posted.status) == (200, 200)
    assert caplog.records == []


def kept(settings: Settings) -> list[Path]:
    return [path for path in settings.data_dir.rglob("*") if path.is_file()]


async def test_an_upload_that_stops_ends_and_is_not_kept(patient: Client, settings: Settings) -> None:
    caller = await call(patient, UPLOAD + b"Content-Length: 1000\r\n\r\nhalf of it")
    with capture_logs() as logged:
        assert is_timed_out(await caller.rest())
    assert (kept(settings), logged) == ([], [])


async def test_a_body_may_take_longer_than_the_deadline_as_long_as_it_comes(patient: Client) -> None:
    async def steadily() -> AsyncIterator[bytes]:
        for _ in range(10):
            yield b"x" * 1000
            await asyncio.sleep(DEADLINE / 5)

    async with patient.post("/api/files", data=steadily()) as response:
        assert response.status == 201
        assert (await response.json())["size"] == 10_000


async def test_who_does_not_take_the_answer_is_let_go(patient: Client) -> None:
    async with patient.post("/api/files", data=BytesIO(bytes(50_000_000))) as response:
        path = (await response.json())["links"]["self"]
    caller = await call(patient, f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
    assert isinstance(caller.writer.transport, asyncio.Transport)
    caller.writer.transport.pause_reading()

    async def is_sending() -> bool:
        return any(one.writing_paused for one in server_of(patient).connections if one.transport is not None)

    async def is_gone() -> bool:
        return not await is_sending()

    await until(is_sending, "the answer is under way")
    await until(is_gone, "the connection has ended")
    caller.writer.transport.abort()


async def test_a_caller_beyond_the_bound_is_told_so(connect: Connect, settings: Settings) -> None:
    client = await connect(dataclasses.replace(settings, max_connections=2, head_timeout=60))
    held = [await call(client, HEAD) for _ in range(2)]

    async def are_held() -> bool:
        return len(server_of(client).connections) == len(held)

    await until(are_held, "both connections are served")
    head, _, body = (await (await call(client, LIVE)).rest()).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 503 ")
    assert b"\r\nRetry-After: " in head
    assert json.loads(body)["type"] == "/problems/too-many-connections"
    held.pop().writer.close()
    await until(are_held, "one has ended")
    async with client.get("/health/live") as response:
        assert response.status == 200
    held.pop().writer.close()


@pytest.mark.parametrize("rest", [b"no size\r\n", b"5\r\nhello!!"])
async def test_a_body_that_breaks_after_its_refusal_is_not_logged(
    patient: Client, caplog: pytest.LogCaptureFixture, rest: bytes
) -> None:
    head = (
        b"POST /api/jobs HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n"
    )
    caller = await call(patient, head)
    assert (await caller.reader.readuntil(b"}")).startswith(b"HTTP/1.1 415 ")
    caller.writer.write(rest)
    await caller.rest()
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


async def test_nothing_is_logged_of_those_who_were_too_slow(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    for data in (b"", HEAD, HEAD + b"Content-Length: 9\r\n\r\n", UPLOAD + b"Content-Length: 9\r\n\r\nx"):
        await (await call(client, data)).rest()
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


@pytest.fixture
async def running(settings: Settings) -> AsyncIterator[web.AppRunner]:
    runner = Runner(create_app(settings), deadlines=deadlines(settings), shutdown_timeout=30)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield runner
    await runner.cleanup()


async def begin(runner: web.AppRunner, data: bytes) -> Caller:
    """A call whose request the service has begun to serve."""
    server = runner.server
    assert server is not None
    served = server.requests_count
    reader, writer = await asyncio.open_connection(*runner.addresses[0])
    writer.write(data)

    async def is_served() -> bool:
        return server.requests_count > served

    await until(is_served, "the request is served")
    return Caller(reader, writer)


async def test_a_stalled_upload_delays_no_end(running: web.AppRunner) -> None:
    caller = await begin(running, UPLOAD + b"Content-Length: 1000\r\n\r\nhalf of it")
    async with asyncio.timeout(5):
        await running.cleanup()
    assert is_timed_out(await caller.rest())


async def test_a_job_whose_body_still_comes_is_accepted_before_the_end(running: web.AppRunner) -> None:
    body = json.dumps(COMPLEX).encode()
    caller = await begin(running, HEAD + f"Content-Length: {len(body)}\r\n\r\n".encode() + body[:20])
    end = asyncio.create_task(running.cleanup())

    async def has_stopped_listening() -> bool:
        return not running.sites

    await until(has_stopped_listening, "the end has begun")
    caller.writer.write(body[20:])
    answer = await caller.rest()
    await end
    assert answer.startswith(b"HTTP/1.1 202 ")
    assert b"\r\nConnection: close" in answer
