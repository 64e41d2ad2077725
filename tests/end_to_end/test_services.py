"""Both services as processes, spoken to over HTTP as a caller would: what survives kill -9 of worker and store."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, Self

import pytest
from aiohttp import ClientError, ClientSession, ClientTimeout

from shared.embedded import EmbeddedStore
from tests.api_service.streams import heard
from tests.processes import API, Fleet, fleet
from tests.waiting import until

RECOVERY, RESUME = 12.0, 5.0  # seconds: promises P3 and P5


@pytest.fixture
def durable(tmp_path: Path) -> Iterator[EmbeddedStore]:
    with EmbeddedStore(tmp_path / "a store", port=0) as started:
        yield started


@pytest.fixture
def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def services(tmp_path: Path, durable: EmbeddedStore, port: int) -> Iterator[Fleet]:
    with fleet(tmp_path, durable.url) as started:
        started.start(API, PORT=str(port))
        yield started


@pytest.fixture
async def client(services: Fleet, port: int) -> AsyncIterator[ClientSession]:
    timeout = ClientTimeout(total=10)
    async with ClientSession(f"http://127.0.0.1:{port}", timeout=timeout) as session:
        yield session


async def ready(client: ClientSession, workers: int) -> None:
    async def look() -> bool:
        try:
            async with client.get("/health/ready") as response:
                return response.status == 200 and len((await response.json())["workers"]) == workers
        except ClientError:
            return False

    await until(look, f"an API with {workers} workers")


async def submit(client: ClientSession, *attempts: dict[str, Any], ledger: Path | None = None, **body: Any) -> str:
    payload = {"attempts": list(attempts), "ledger": str(ledger or "")}
    async with client.post("/api/jobs", json={"type": "scripted", "payload": payload, **body}) as response:
        answer = await response.json()
        assert response.status == 202, answer
        return str(answer["jobId"])


async def job(client: ClientSession, job_id: str) -> dict[str, Any]:
    async with client.get(f"/api/jobs/{job_id}") as response:
        assert response.status == 200, await response.text()
        return dict(await response.json())


async def finished(client: ClientSession, job_id: str, within: float = 20.0) -> dict[str, Any]:
    async def look() -> dict[str, Any] | None:
        current = await job(client, job_id)
        return current if current["completedAt"] else None

    return await until(look, f"the end of {job_id}", within)


class Load:
    """Callers that submit jobs as fast as they can, and remember what they were answered."""

    def __init__(self, client: ClientSession, callers: int = 8) -> None:
        self.accepted: list[str] = []
        self.refused: list[tuple[int, str]] = []
        self._client = client
        self._callers = callers
        self._stop = asyncio.Event()

    async def __aenter__(self) -> Self:
        self._tasks = [asyncio.create_task(self._submit()) for _ in range(self._callers)]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._stop.set()
        await asyncio.gather(*self._tasks)

    async def accepts(self, more: int) -> None:
        """Wait until so many more were accepted."""
        goal = len(self.accepted) + more

        async def look() -> bool:
            return len(self.accepted) >= goal

        await until(look, f"{more} accepted jobs", RESUME)

    async def is_refused(self) -> None:
        """Wait until a caller was refused."""

        async def look() -> bool:
            return bool(self.refused)

        await until(look, "a refusal")

    async def _submit(self) -> None:
        payload = {"attempts": [{"do": "return", "value": 1}]}
        while not self._stop.is_set():
            async with self._client.post("/api/jobs", json={"type": "scripted", "payload": payload}) as response:
                answer = await response.json()
                if response.status == 202:
                    self.accepted.append(answer["jobId"])
                else:
                    self.refused.append((response.status, response.headers.get("Retry-After", "")))


async def test_the_originals_own_request_works(client: ClientSession, services: Fleet) -> None:
    services.start()
    await ready(client, 1)
    body = {"type": "calculation", "payload": {"operation": "complex", "numbers": [1, 2, 3, 4, 5]}}
    async with client.post("/api/jobs", json=body) as response:
        answer = await response.json()
        assert response.status == 202
        assert response.headers["Location"] == f"/api/jobs/{answer['jobId']}"
    assert answer == {"message": "Job submitted successfully", "jobId": answer["jobId"], "status": "pending"}
    done = await finished(client, answer["jobId"])
    assert (done["status"], done["type"]) == ("completed", "calculation")
    assert done["result"] == {"sum": 15, "product": 120, "average": 3, "min": 1, "max": 5}
    async with client.get(f"/api/jobs/{answer['jobId']}") as response:
        assert '"average":3,' in await response.text()


async def test_a_worker_killed_in_mid_job_costs_seconds(client: ClientSession, services: Fleet, tmp_path: Path) -> None:
    victim = services.start()
    await ready(client, 1)
    ledger = tmp_path / "ledger"
    job_id = await submit(client, {"do": "sleep", "seconds": 60}, {"do": "return", "value": 7}, ledger=ledger)

    async def running() -> bool:
        return ledger.exists()

    await until(running, "the first attempt")
    services.start()
    await ready(client, 2)
    victim.kill()
    done = await finished(client, job_id, RECOVERY)
    assert (done["status"], done["result"]) == ("completed", 7)
    assert [attempt["outcome"] for attempt in done["attempts"]] == ["lost", "completed"]


async def test_the_store_is_killed_under_load_and_nothing_that_was_accepted_is_lost(
    client: ClientSession, services: Fleet, durable: EmbeddedStore
) -> None:
    services.start()
    services.start()
    await ready(client, 2)
    async with Load(client) as load:
        await load.accepts(200)
        durable.kill()
        await load.is_refused()
        durable.start()
        await load.accepts(200)
    assert set(load.refused) == {(503, "2")}
    for job_id in load.accepted:
        assert (await finished(client, job_id, RECOVERY))["status"] == "completed"
    assert all(process.poll() is None for process in services.processes)


async def test_what_a_running_job_tells_is_heard_while_it_runs(client: ClientSession, services: Fleet) -> None:
    await ready(client, 0)
    job_id = await submit(client, {"do": "sleep", "seconds": 0.5, "percent": 50})
    async with client.get(f"/api/jobs/{job_id}/events") as response:
        services.start()
        found = [each async for each in heard(response)]
    assert [each.name for each in found] == ["pending", "processing", "progress", "log", "log", "completed"]
    assert found[2].data["progress"] == {"percent": 50, "message": "on the way"}
    took = [datetime.fromisoformat(each.data["at"]).timestamp() for each in found]
    assert took[2] - took[1] < took[5] - took[2]  # told at the start of half a second's sleep, and not at its end


async def test_a_listener_outlives_the_store_and_misses_nothing(
    client: ClientSession, services: Fleet, durable: EmbeddedStore
) -> None:
    services.start()
    await ready(client, 1)
    async with client.get("/api/events") as response:
        events = heard(response)
        before = await submit(client, {"do": "return"})
        assert [(await anext(events)).name for _ in range(3)] == ["pending", "processing", "completed"]
        durable.kill()
        durable.start()
        await ready(client, 1)
        after = await submit(client, {"do": "return"})
        found = [await anext(events) for _ in range(3)]
    assert [each.name for each in found] == ["pending", "processing", "completed"]
    assert {each.data["jobId"] for each in found} == {after} != {before}


async def test_workers_and_api_start_without_a_store_and_wait_for_it(
    client: ClientSession, services: Fleet, durable: EmbeddedStore
) -> None:
    durable.stop()
    services.start()

    async def refused() -> bool:
        try:
            async with client.get("/health/ready") as response:
                return response.status == 503
        except ClientError:
            return False

    await until(refused, "a 503")
    durable.start()
    await ready(client, 1)
