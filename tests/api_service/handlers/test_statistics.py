"""`GET /api/statistics`; what is counted is told in tests/shared/store/test_counts.py."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from shared.store import Store, counts
from tests.api_service.conftest import Client
from tests.api_service.fleet import complete, take

NONE = {"p50": None, "p95": None, "p99": None}


async def statistics(client: Client, query: str = "") -> Any:
    async with client.get(f"/api/statistics{query}") as response:
        assert response.status == 200
        return await response.json()


@pytest.mark.parametrize(
    ("query", "window", "step", "points"),
    [("", "hour", 60, 60), ("?window=hour", "hour", 60, 60), ("?window=day", "day", 900, 96)],
)
async def test_each_step_of_the_window_is_there_though_nothing_happened(
    client: Client, query: str, window: str, step: int, points: int
) -> None:
    body = await statistics(client, query)
    assert (body["window"], body["step"], len(body["points"])) == (window, step, points)
    (point,) = {str(point | {"at": ""}): point for point in body["points"]}.values()
    assert point | {"at": ""} == {
        "at": "",
        **dict.fromkeys(counts.EVENTS, 0),
        "wait": NONE,
        "run": NONE,
        "depth": None,
        "oldestWait": None,
    }


async def test_what_becomes_of_jobs_is_told(
    client: Client, store: Store, submit: Callable[..., Awaitable[str]]
) -> None:
    await submit()
    await complete(store, (await take(store)).id)
    await submit()
    await counts.sample(store.link)
    points = (await statistics(client, "?window=day"))["points"]
    assert sum(point["submitted"] for point in points) == 2
    (ended,) = [point for point in points if point["completed"]]
    for part in ("wait", "run"):
        assert 0 <= ended[part]["p50"] <= ended[part]["p95"] <= ended[part]["p99"] < 60
    assert [point["depth"] for point in points if point["depth"] is not None] == [1]


@pytest.mark.parametrize("query", ["?window=week", "?window=", "?window=hour&window=day", "?windows=hour"])
async def test_another_window_is_refused(client: Client, query: str) -> None:
    async with client.get(f"/api/statistics{query}") as response:
        body = await response.json(content_type="application/problem+json")
        assert (response.status, body["title"]) == (422, "Validation failed")
