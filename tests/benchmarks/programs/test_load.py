import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from benchmarks.programs import load

HEAD, BODY = b"HTTP/1.1 202 Accepted\r\nContent-Length: 4\r\n\r\n", b"done"
PIECES = {"whole": (HEAD + BODY,), "in pieces": (HEAD[:10], HEAD[10:], BODY[:1], BODY[1:])}


@asynccontextmanager
async def server(answer: Callable[[asyncio.StreamWriter], Awaitable[None]]) -> AsyncIterator[str]:
    """Answers each request, until its client hangs up."""
    at_work: list[asyncio.Future[None]] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        hung_up = asyncio.get_running_loop().create_future()
        at_work.append(hung_up)
        try:
            while await reader.readuntil(load.BODY):
                await answer(writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()
            hung_up.set_result(None)

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as started:
        yield f"http://127.0.0.1:{started.sockets[0].getsockname()[1]}/api/jobs"
        await asyncio.gather(*at_work)


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(load, "CONNECTIONS", 2)
    monkeypatch.setattr(load, "WARM_UP", 0.02)


def test_a_request_is_a_post_of_the_body() -> None:
    head, _, body = load.request_to("http://here:3000/api/jobs", b"{}").partition(b"\r\n\r\n")
    assert head.splitlines()[0] == b"POST /api/jobs HTTP/1.1"
    assert {b"Host: here:3000", b"Content-Type: application/json", b"Content-Length: 2"} == set(head.splitlines()[1:])
    assert body == b"{}"


@pytest.mark.parametrize("pieces", PIECES.values(), ids=PIECES)
async def test_an_answer_counts_once_it_has_come_as_a_whole(pieces: tuple[bytes, ...]) -> None:
    answers = 0

    async def answer(writer: asyncio.StreamWriter) -> None:
        nonlocal answers
        answers += 1
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(0)

    async with server(answer) as url:
        seen = await load.load(url, 0.1)
    assert seen["refused"] == 0
    assert 0 <= answers - seen["requests"] <= load.CONNECTIONS
    assert 0 < seen["p50"] <= seen["p99"]
    assert 0 < seen["rate"] * 0.1 <= seen["requests"]


async def test_other_answers_than_202_are_told() -> None:
    async def refuse(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()

    async with server(refuse) as url:
        seen = await load.load(url, 0.05)
    assert seen["refused"] == seen["requests"] > 0
