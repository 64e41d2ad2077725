from collections.abc import Callable
from typing import Any

import pytest

from benchmarks.figures import Figure, Results
from benchmarks.parts import drain, http
from benchmarks.parts.drain import RATE


def figure(peer: str, *values: float, part: str = "drain", case: str = "1 worker process", **facts: Any) -> Figure:
    return Figure(part, facts.get("measure", RATE), case, peer, values)


@pytest.fixture
def results() -> Callable[..., Results]:
    """A run with those figures; without any, of a drain at 2.5 times the rate of BullMQ."""

    def make(*figures: Figure, **facts: Any) -> Results:
        usual = (
            figure("dmps", 900, 1_000, 5_000),
            figure("BullMQ", 400, 500),
            figure("dmps", 40, measure=drain.WORKER_TIME),
            figure("dmps", 10, part="http", case=http.USUAL, measure=http.P99),
        )
        defaults: dict[str, Any] = {
            "commit": "abc1234",
            "date": "2026-11-24T12:00:00+00:00",
            "seconds": 600.0,
            "rounds": 5,
            "machine": {"cores": "2"},
            "versions": {"Python": "3.11", "uvloop": "none"},
            "not_run": {},
            "figures": figures or usual,
        }
        return Results(**{**defaults, **facts})

    return make
