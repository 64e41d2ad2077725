"""Stopping: politely, then patiently, then not."""

import asyncio
import os
import signal
import sys

import pytest

from deploy.dev.service import Service
from deploy.dev.stopping import Stop, end

FOREVER = 3600.0
SCRIPT = """
import signal, sys
signal.signal(signal.SIGTERM, lambda *_: {answer})
print("ready", flush=True)
while True:
    signal.pause()
"""
POLITE = SCRIPT.format(answer="sys.exit(0)")
STUBBORN = SCRIPT.format(answer='print("no", flush=True)')
SLOW = SCRIPT.format(answer='(signal.signal(signal.SIGTERM, lambda *_: sys.exit(0)), print("soon", flush=True))')


async def started(name: str, code: str) -> tuple[Service, "asyncio.Queue[str]"]:
    heard: asyncio.Queue[str] = asyncio.Queue()
    service = Service(name, [sys.executable, "-c", code], dict(os.environ), lambda _, line: heard.put_nowait(line))
    await service.start()
    assert await heard.get() == "ready"
    return service, heard


async def test_a_service_that_is_asked_to_stop_is_waited_for() -> None:
    polite, _ = await started("polite", POLITE)
    said: list[str] = []
    await end([polite], asyncio.Event(), FOREVER, said.append)
    assert await polite.wait() == "ended with status 0"
    assert said == []


async def test_a_service_that_takes_too_long_is_killed() -> None:
    polite, _ = await started("polite", POLITE)
    stubborn, _ = await started("stubborn", STUBBORN)
    said: list[str] = []
    await end([polite, stubborn], asyncio.Event(), 0.5, said.append)
    assert await polite.wait() == "ended with status 0"
    assert await stubborn.wait() == "was ended by SIGKILL"
    assert said == ["killing stubborn"]


async def test_at_once_means_at_once() -> None:
    stubborn, heard = await started("stubborn", STUBBORN)
    at_once = asyncio.Event()
    ending = asyncio.create_task(end([stubborn], at_once, FOREVER, lambda _: None))
    assert await heard.get() == "no"
    at_once.set()
    await asyncio.wait_for(ending, 10)
    assert await stubborn.wait() == "was ended by SIGKILL"


async def test_whoever_ends_when_it_is_asked_again_is_not_killed() -> None:
    slow, heard = await started("slow", SLOW)
    at_once = asyncio.Event()
    said: list[str] = []
    ending = asyncio.create_task(end([slow], at_once, FOREVER, said.append))
    assert await heard.get() == "soon"
    at_once.set()
    await asyncio.wait_for(ending, 10)
    assert await slow.wait() == "ended with status 0"
    assert said == []


async def test_whoever_keeps_us_waiting_is_named() -> None:
    stubborn, _ = await started("stubborn", STUBBORN)
    at_once = asyncio.Event()
    said: list[str] = []

    def say(text: str) -> None:
        said.append(text)
        at_once.set()

    await asyncio.wait_for(end([stubborn], at_once, FOREVER, say), 30)
    assert said == ["waiting for stubborn to finish; Ctrl-C again ends at once", "killing stubborn"]


@pytest.fixture
async def stop() -> Stop:
    listening = Stop()
    listening.listen()
    return listening


async def test_the_second_ctrl_c_means_at_once(stop: Stop) -> None:
    signal.raise_signal(signal.SIGINT)
    await asyncio.wait_for(stop.wait(), 5)
    assert not stop.at_once.is_set()
    signal.raise_signal(signal.SIGINT)
    await asyncio.wait_for(stop.at_once.wait(), 5)


@pytest.mark.parametrize("name", [signal.SIGTERM, signal.SIGHUP])
async def test_other_signals_ask_however_often_they_come(stop: Stop, name: signal.Signals) -> None:
    for _ in range(3):
        signal.raise_signal(name)
        await asyncio.wait_for(stop.wait(), 5)
    assert not stop.at_once.is_set()
    signal.raise_signal(signal.SIGINT)
    await asyncio.wait_for(stop.at_once.wait(), 5)
