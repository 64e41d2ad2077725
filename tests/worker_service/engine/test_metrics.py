"""`/metrics` of a worker: a real one, told to tell."""

import socket
from collections.abc import Mapping

import aiohttp

from shared.retry import RetryPolicy
from shared.store import Store
from tests.expositions import OPENMETRICS, families, lint, value
from tests.processes import Fleet
from tests.worker_service.engine.observing import RETURN, Submit, alive, finished

TOKEN = "a token of the scraper"  # noqa: S105 - no other
FAIL = {"do": "fail"}
SOON = RetryPolicy(delay=0.05, jitter=False)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


async def read(port: int, headers: Mapping[str, str]) -> tuple[int, str, str]:
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"http://127.0.0.1:{port}/metrics", headers=headers) as response,
    ):
        return response.status, await response.text(), response.headers.get("Content-Type", "")


async def test_a_worker_tells_what_became_of_its_jobs_to_whoever_has_the_token(
    store: Store, submit: Submit, processes: Fleet
) -> None:
    port = free_port()
    await alive(store, processes.start(DMPS_METRICS_PORT=str(port), DMPS_METRICS_TOKEN=TOKEN))
    for attempts in ([RETURN], [FAIL, RETURN], [{"do": "reject"}]):
        await finished(store, await submit(*attempts, backoff=SOON))
    await finished(store, await submit(RETURN, type="scripted-child"))
    status, _, _ = await read(port, OPENMETRICS)
    assert status == 401
    status, text, content_type = await read(port, {**OPENMETRICS, "Authorization": f"Bearer {TOKEN}"})
    found, labels = families(text, content_type), {"type": "scripted", "queue": "default"}
    assert value(found, "dmps_attempts_total", outcome="completed", **labels) == 2
    assert value(found, "dmps_attempts_total", outcome="failed", **labels) == 2
    assert value(found, "dmps_jobs_total", status="failed", **labels) == 1
    assert value(found, "dmps_jobs_total", status="completed", type="scripted-child") == 1
    assert value(found, "dmps_retries_total", reason="exception", **labels) == 1
    for part in ("wait", "run"):
        assert value(found, f"dmps_job_{part}_seconds_count", **labels) == 4
    assert value(found, "dmps_job_total_seconds_count", **labels) == 2
    assert value(found, "dmps_batch_jobs_sum", verb="claim") == 5
    assert value(found, "dmps_store_call_seconds_count", call="write+claim") > 0
    facts = [value(found, f"dmps_worker_{what}") for what in ("slots", "jobs", "children", "draining")]
    assert facts == [100, 0, 1, 0]
    assert list(lint((await read(port, {"Authorization": f"Bearer {TOKEN}"}))[1])) == []


async def test_a_port_that_is_taken_costs_the_metrics_alone(store: Store, submit: Submit, processes: Fleet) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        worker = processes.start(DMPS_METRICS_PORT=str(taken.getsockname()[1]))
        await finished(store, await submit(RETURN))
    assert "metrics cannot be told" in processes.log(worker)
