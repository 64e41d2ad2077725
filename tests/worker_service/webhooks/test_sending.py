"""What receivers do to us: nothing that costs more than their own delivery."""

import asyncio
import gzip
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Event

import pytest
from aiohttp import ClientTimeout

from shared.address_gate import AddressGate, networks
from shared.signing import new_secret
from shared.webhooks import Delivery
from tests.worker_service.webhooks.receiver import answer, receiving
from worker_service.webhooks import sending
from worker_service.webhooks.sending import Sender

SECRETS = (new_secret(bytes(24)),)
DELIVERY = Delivery(event="webhook.test", event_id="evt_1", body='{"a":"\u00e9"}', tenant="default", webhook_id="1")


@pytest.fixture
async def sender() -> AsyncIterator[Sender]:
    made = Sender(AddressGate(networks(["127.0.0.0/8"])))
    yield made
    await made.close()


async def raw(sender: Sender, *parts: bytes, closes: bool = True) -> sending.Sent:
    """What becomes of an answer that is written as it is here."""
    writers: list[asyncio.StreamWriter] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        await reader.readuntil(b"\r\n\r\n")
        for part in parts:
            writer.write(part)
        if closes:
            writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        sent = await sender.send(f"http://127.0.0.1:{port}/", SECRETS, DELIVERY)
    for writer in writers:
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()
    return sent


async def test_what_is_sent_is_json_and_signed(sender: Sender) -> None:
    async with receiving() as receiver:
        sent = await sender.send(f"{receiver.url}?a=%2f", SECRETS, DELIVERY)
        (request,) = receiver.requests
    assert sent.is_taken
    assert (request.path, request.body) == ("/hook", DELIVERY.body.encode())
    assert request.headers["Content-Type"] == "application/json"
    assert request.headers["webhook-id"] == "evt_1"


async def test_names_are_not_looked_up_in_the_threads_that_all_else_shares(sender: Sender) -> None:
    over, loop = Event(), asyncio.get_running_loop()
    loop.set_default_executor(ThreadPoolExecutor(1))
    waits = loop.run_in_executor(None, over.wait)
    try:
        async with receiving() as receiver:
            sent = await sender.send(receiver.url.replace("127.0.0.1", "localhost"), SECRETS, DELIVERY)
    finally:
        over.set()
        await waits
    assert sent.status == 204


async def test_of_an_answer_256_escaped_bytes_are_kept(sender: Sender) -> None:
    async with receiving(answer(500, "\u0000\u001b[31m<b>\u00e9" + 10_000 * "x")) as receiver:
        sent = await sender.send(receiver.url, SECRETS, DELIVERY)
    assert len(sent.answer) == 256
    assert sent.answer.startswith(r"\x00\x1b[31m<b>\\xc3\\xa9x")
    assert sent.answer.isprintable()


async def test_an_answer_without_end_is_cut_off(sender: Sender) -> None:
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    sent = await raw(sender, head, b"100\r\n" + 256 * b"x" + b"\r\n", closes=False)
    assert (sent.status, len(sent.answer)) == (200, 256)


async def test_a_packed_answer_is_not_unpacked(sender: Sender) -> None:
    bomb = gzip.compress(bytes(10_000_000))
    sent = await raw(sender, b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n", bomb)
    assert sent.is_taken
    assert len(sent.answer) <= 256


@pytest.mark.parametrize(
    "text", [b"", b"no HTTP\r\n\r\n", b"HTTP/1.1 999999 X\r\n\r\n", b"HTTP/1.1 200 OK\r\nA" + 99_999 * b"a"]
)
async def test_what_is_no_answer_is_told_as_such(sender: Sender, text: bytes) -> None:
    sent = await raw(sender, text)
    assert (sent.status, sent.code) == (0, "unreachable")


async def test_a_receiver_that_is_silent_is_given_up(sender: Sender, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "_TIMEOUT", ClientTimeout(total=0.2))
    sent = await raw(sender, closes=False)
    assert sent.code == "timeout"


async def test_nobody_there_is_told_without_an_address(sender: Sender) -> None:
    sent = await sender.send("http://127.0.0.1:9/", SECRETS, DELIVERY)
    assert (sent.code, sent.why) == ("unreachable", "The receiver could not be connected to.")


@pytest.mark.parametrize(
    "url",
    [
        *("http://10.0.0.1/", "http://169.254.169.254/latest", "http://[::1]/", "http://2130706433/", "http://0x7f.1/"),
        *(
            "http://0/",
            "file:///etc/passwd",
            "https://user@127.0.0.1/",
            "http://[64:ff9b::7f00:1]/",
            "http://[::ffff:10.0.0.1]/",
        ),
    ],
)
async def test_what_is_not_open_is_refused_however_it_is_spelt(sender: Sender, url: str) -> None:
    sent = await sender.send(url, SECRETS, DELIVERY)
    assert (sent.status, sent.code) == (0, "address_refused")


async def test_a_header_of_a_hostile_url_is_none_of_ours(sender: Sender) -> None:
    sent = await sender.send("http://127.0.0.1/\r\nX-Evil: 1", SECRETS, DELIVERY)
    assert sent.code == "address_refused"


async def test_proxies_of_the_environment_are_not_used(sender: Sender, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9/")
    async with receiving() as receiver:
        assert (await sender.send(receiver.url, SECRETS, DELIVERY)).is_taken
