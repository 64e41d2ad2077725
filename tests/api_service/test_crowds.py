"""Crowds against the service as a process of its own: thousands of slow callers, and thousands at once."""

import asyncio
import json
import re
import resource
import sys
import time
from collections import Counter
from collections.abc import Iterator
from itertools import chain

import pytest

from tests.api_service.conftest import COMPLEX
from tests.processes import API, Fleet
from tests.waiting import until

BODY = json.dumps(COMPLEX).encode()
HEAD = b"POST /api/jobs HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
HEAD += b"Content-Length: %d\r\n" % len(BODY)
POST = HEAD + b"Connection: close\r\n\r\n" + BODY
SLOW = 2_000
CROWD = 10_000
OPENING = 200  # connections at a time: the queue of those not yet accepted is finite everywhere


@pytest.fixture(autouse=True)
def _descriptors() -> Iterator[None]:
    """Enough of them for us; the service sees to itself, from what a shell would give it."""
    before = soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, before[1]))


async def port(processes: Fleet, command: tuple[str, ...] = API, **settings: str) -> int:
    """Where a new service listens."""
    process = processes.start(command, PORT="0", **settings)

    async def told() -> int:
        found = re.search(r"http://127\.0\.0\.1:(\d+)", processes.log(process))
        return int(found[1]) if found else 0

    return await until(told, "the service listens")


async def post(port: int) -> tuple[int, float]:
    """The status, and the seconds that it took."""
    begin = time.perf_counter()
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(POST)
    answer = await reader.read()
    writer.close()
    return int(answer.split(b" ")[1]), time.perf_counter() - begin


class SlowCallers:
    """So many of them: each sends a byte a second, and calls again once the service has had enough of it."""

    def __init__(self, port: int, count: int) -> None:
        kinds = (HEAD, HEAD.replace(b"/jobs", b"/files") + b"\r\n" + BODY)
        self._port = port
        self.is_open, self.told = 0, Counter[bytes]()
        self._tasks = [asyncio.create_task(self._call_for_ever(kinds[number % 2])) for number in range(count)]

    async def _call_for_ever(self, data: bytes) -> None:
        while True:
            reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
            self.is_open += 1
            try:
                self.told[(await self._call(data, reader, writer))[:12]] += 1
            finally:
                self.is_open -= 1
                writer.close()

    async def _call(self, data: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
        answer = asyncio.create_task(reader.read())
        writer.write(data[:-10])  # the rest byte by byte
        for byte in data[-10:]:
            writer.write(bytes([byte]))
            await asyncio.wait([answer], timeout=1)
            if answer.done():
                break
        return await answer

    async def end(self) -> None:
        """They hang up, all at once."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


async def timed(port: int, count: int) -> list[float]:
    """Ten callers, each one request after the other."""

    async def one() -> list[float]:
        times = []
        for _ in range(count // 10):
            status, seconds = await post(port)
            assert status == 202
            times.append(seconds)
        return times

    return sorted(chain(*await asyncio.gather(*(one() for _ in range(10)))))


async def test_two_thousand_slow_callers_do_not_hurt_the_others(processes: Fleet) -> None:
    where = await port(processes, DMPS_HEAD_TIMEOUT="2", DMPS_BODY_TIMEOUT="2")
    alone, beside = await timed(where, 1_000), list[float]()
    slow = SlowCallers(where, SLOW)

    async def are_there() -> bool:
        return slow.is_open > SLOW * 0.9

    await until(are_there, "the slow ones are connected")
    while slow.told.total() < SLOW:
        beside += await timed(where, 100)
    await slow.end()
    show("alone", alone)
    show(f"beside {SLOW} slow ones, who were told {dict(slow.told)}", sorted(beside))
    assert set(slow.told) == {b"HTTP/1.1 408"}
    assert "Traceback" not in processes.log(processes.processes[0])


def show(name: str, times: list[float]) -> None:
    p50, p99 = (1e3 * times[len(times) * part // 100] for part in (50, 99))
    print(f"{name}: {len(times)} times 202, p50 {p50:.1f} ms, p99 {p99:.1f} ms")  # noqa: T201


@pytest.mark.parametrize("room", [CROWD, 100])
async def test_ten_thousand_at_once_are_all_answered(processes: Fleet, room: int) -> None:
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    count = CROWD if hard == resource.RLIM_INFINITY else min(CROWD, hard - 500)
    where = await port(processes, DMPS_MAX_CONNECTIONS=str(room))
    statuses = await at_once(where, count)
    print(f"room for {room}: {dict(statuses)}")  # noqa: T201
    assert set(statuses) <= {202, 429, 503}
    assert statuses[202] > 0
    assert "Traceback" not in processes.log(processes.processes[0])


async def test_a_service_with_few_descriptors_serves_as_many_as_it_can(processes: Fleet) -> None:
    few = ("sh", "-c", 'ulimit -n 400; exec "$0" -m api_service', sys.executable)
    where = await port(processes, few)
    statuses = await at_once(where, 150)
    assert set(statuses) <= {202, 503}  # those who had to wait for a place may have got one
    assert statuses[202] > 0
    log = processes.log(processes.processes[0])
    assert "Traceback" not in log
    assert len(log.splitlines()) < 20
    assert (await post(where))[0] == 202


async def at_once(port: int, count: int) -> Counter[int]:
    """The statuses of so many requests, sent when all connections are open."""
    opening, all_open = asyncio.Semaphore(OPENING), asyncio.Barrier(count)

    async def one() -> int:
        async with opening:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
        await all_open.wait()
        writer.write(POST)
        answer = await reader.read()
        writer.close()
        return int(answer.split(b" ")[1])

    return Counter(await asyncio.gather(*(one() for _ in range(count))))
