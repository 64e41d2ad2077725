"""The runner: what it starts, and how it keeps that running."""

import asyncio
import io
import json
import os
import shlex
import signal
import sys
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from deploy.dev.console import Console
from deploy.dev.plan import Plan
from deploy.dev.runner import FIRST_DELAY, LONGEST_DELAY, STEADY, keep_running, next_delay, system_of
from deploy.dev.service import Service
from deploy.dev.welcome import welcome

seconds = st.floats(0, 1e6)


@given(last=st.floats(0, LONGEST_DELAY), lasted=seconds)
def test_a_delay_is_always_within_its_bounds(last: float, lasted: float) -> None:
    assert FIRST_DELAY <= next_delay(last, lasted) <= LONGEST_DELAY


def test_the_delay_doubles_until_a_part_lasts() -> None:
    delay, delays = 0.0, []
    for _ in range(7):
        delay = next_delay(delay, lasted=0)
        delays.append(delay)
    assert delays == [0.5, 1, 2, 4, 8, 15, 15]
    assert next_delay(15, lasted=STEADY + 1) == FIRST_DELAY


async def test_a_service_that_ends_is_started_again_and_that_is_said() -> None:
    heard: asyncio.Queue[str] = asyncio.Queue()
    code = "import os, signal; print(os.getpid(), flush=True); signal.pause()"
    service = Service("api", [sys.executable, "-c", code], dict(os.environ), lambda _, line: heard.put_nowait(line))
    said: list[str] = []
    await service.start()
    keeping = asyncio.create_task(keep_running(service, said.append))
    first = int(await heard.get())
    os.kill(first, signal.SIGKILL)
    second = int(await heard.get())
    assert first != second == service.pid
    assert said == ["api was ended by SIGKILL; it is started again in 0.5 s"]
    keeping.cancel()
    service.send(signal.SIGKILL)
    await service.wait()


def plan(workers: int = 2, redis_url: str | None = None) -> Plan:
    return Plan("127.0.0.1", 3000, workers, redis_url, data_dir=Path("/data"), patience=1.0)


def test_the_parts_are_the_store_the_api_and_the_workers() -> None:
    system = system_of(plan(), Console(io.StringIO(), colour=False))
    assert [part.name for part in system.parts] == ["store", "api", "worker-1", "worker-2"]
    assert system.redis_url == "unix:///data/store/valkey.sock"


def test_with_a_redis_url_there_is_no_store() -> None:
    system = system_of(plan(1, "redis://elsewhere"), Console(io.StringIO(), colour=False))
    assert [part.name for part in system.parts] == ["api", "worker-1"]
    assert system.redis_url == "redis://elsewhere"


def test_the_welcome_shows_no_password_and_one_command_in_a_line_of_its_own() -> None:
    text = welcome(plan(1, "redis://:secret@elsewhere"), "redis://:secret@elsewhere")
    assert "secret" not in text
    assert "1 worker." in text
    (command,) = [line for line in text.splitlines() if line.startswith("curl ")]
    _, _, url, _, media_type, _, body = shlex.split(command)
    assert (url, media_type) == ("http://127.0.0.1:3000/api/jobs", "Content-Type: application/json")
    assert json.loads(body)["type"] == "calculation"
