"""A bulk action survives kill -9 of the API process that took it."""

import asyncio
import socket
import time
from collections.abc import Callable

from aiohttp import ClientError, ClientSession

from shared.job import DEFAULT_TENANT, Job, Status
from shared.store import Store
from shared.store.bulks import Bulk, BulkStatus, find
from tests.processes import API, Fleet
from tests.waiting import until

HERE = "http://127.0.0.1"
JOBS = 10_000
TAKEN_OVER = 6.0  # seconds: a lease, and a look


def free_ports(number: int) -> list[int]:
    probes = [socket.create_server(("127.0.0.1", 0)) for _ in range(number)]
    ports = [int(probe.getsockname()[1]) for probe in probes]
    for probe in probes:
        probe.close()
    return ports


async def live(client: ClientSession, port: int) -> None:
    async def look() -> bool:
        try:
            async with client.get(f"{HERE}:{port}/health/live") as response:
                return response.status == 200
        except ClientError:
            return False

    await until(look, f"an API on port {port}")


async def seen(store: Store, bulk_id: str, condition: Callable[[Bulk], bool], what: str) -> Bulk:
    async def look() -> Bulk | None:
        found = await find(store.link, DEFAULT_TENANT, bulk_id)
        return found if found is not None and condition(found) else None

    return await until(look, what)


async def test_a_bulk_action_survives_the_death_of_the_process_that_took_it(
    processes: Fleet, store: Store, new_job: Callable[..., Job]
) -> None:
    await store.submit([new_job(now=store.now()) for _ in range(JOBS)])
    first, second = free_ports(2)
    doomed = processes.start(API, PORT=str(first))
    async with ClientSession() as client:
        await live(client, first)
        async with client.post(f"{HERE}:{first}/api/bulk", json={"action": "cancel", "all": True}) as response:
            bulk_id = (await response.json())["id"]
        await seen(store, bulk_id, lambda bulk: bulk.done > 0, "the first steps")
        doomed.kill()
        await asyncio.to_thread(doomed.wait)
        left = await seen(store, bulk_id, lambda _: True, "what it left")
        assert (left.status, left.done < JOBS) == (BulkStatus.PROCESSING, True)
        processes.start(API, PORT=str(second))
        await live(client, second)
    start = time.monotonic()
    await seen(store, bulk_id, lambda bulk: bulk.rev > left.rev, "another process that goes on")
    assert time.monotonic() - start < TAKEN_OVER
    end = await seen(store, bulk_id, lambda bulk: bulk.ended_at is not None, "its end")
    assert (end.status, end.matched, end.done, end.skipped) == (BulkStatus.COMPLETED, JOBS, JOBS, 0)
    (queue,) = await store.queues()
    assert queue.depth == {Status.CANCELLED: JOBS}
