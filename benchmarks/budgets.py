"""What we set out to reach, and whether a run reached it. The numbers are those of the design."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from benchmarks.figures import OURS, Figure, Results, times_better
from benchmarks.parts import children, claim, drain, far, flows, http, idle, memory, pickup, uploads

Reach = Callable[[Results], float | None]  # None where it was not measured
Row = tuple[str, str]

ONE_WORKER = (drain.RATE.name, "1 worker process")
ONE_API = (http.RATE.name, http.USUAL)


@dataclass(frozen=True)
class Budget:
    """A promise about a number that a run tells."""

    promise: str
    reach: Reach
    limit: float
    at: Literal["least", "most"]
    unit: str = ""

    def met(self, reached: float) -> bool:
        """Whether that keeps the promise."""
        return reached >= self.limit if self.at == "least" else reached <= self.limit


def times(part: str, row: Row, peer: str) -> Reach:
    """How many times better we are than a peer."""
    return lambda results: _of_two(results.find(part, row, OURS), results.find(part, row, peer), times_better)


def quotient(part: str, row: Row, other: Row, peer: str = OURS) -> Reach:
    """Our figure, divided by another."""
    return lambda results: _of_two(
        results.find(part, row, OURS), results.find(part, other, peer), lambda one, two: one.median / two.median
    )


def difference(part: str, row: Row, other: Row) -> Reach:
    """Our figure, less another of ours."""
    return lambda results: _of_two(
        results.find(part, row, OURS), results.find(part, other, OURS), lambda one, two: one.median - two.median
    )


def figure(part: str, row: Row) -> Reach:
    """Our figure."""
    return lambda results: found.median if (found := results.find(part, row, OURS)) else None


def _of_two(one: Figure | None, two: Figure | None, combine: Callable[[Figure, Figure], float]) -> float | None:
    return combine(one, two) if one and two else None


def _waiting(size: str) -> Reach:
    row = (memory.BYTES.name, size)
    return quotient("memory", row, row, "BullMQ")


def _claim(level: int) -> Row:
    return claim.CLAIM.name, claim.case_of(level)


def _drained(case: str) -> Row:
    return drain.RATE.name, flows.CASES[case]


BUDGETS = (
    Budget("Drain, one worker process, against BullMQ", times("drain", ONE_WORKER, "BullMQ"), 2, "least", "x"),
    Budget("Drain, one worker process, against plain arq", times("drain", ONE_WORKER, "arq"), 12, "least", "x"),
    Budget(
        "POST /api/jobs, one API process, against Express and BullMQ", times("http", ONE_API, "BullMQ"), 2, "least", "x"
    ),
    Budget("Its p99, how many times lower", times("http", (http.P99.name, http.USUAL), "BullMQ"), 1, "least", "x"),
    Budget("A batch of 10,000 jobs", figure("http", (http.BATCH.name, "")), 1, "most", "s"),
    Budget("Pick-up by an idle worker, p50", figure("pickup", (pickup.P50.name, pickup.TUNED)), 2, "most", "ms"),
    Budget("Pick-up by an idle worker, p99", figure("pickup", (pickup.P99.name, pickup.TUNED)), 10, "most", "ms"),
    *(
        Budget(f"A waiting job with {size}, in BullMQ's bytes", _waiting(size), 1.5, "most", "x")
        for size in memory.SIZES
    ),
    Budget(
        "Claim with 1,000,000 waiting, against 1,000",
        quotient("claim", _claim(1_000_000), _claim(1_000)),
        1.5,
        "most",
        "x",
    ),
    Budget("Claims from a store 25 ms away", figure("far", (drain.RATE.name, far.CASE)), 200, "least", "a second"),
    Budget(
        "10,000 children and their join, in the time of the same jobs without one",
        quotient("flows", _drained("bare"), _drained("joined")),
        1.1,
        "most",
        "x",
    ),
    Budget("An idle worker", figure("idle", (idle.SHARE.name, idle.WORKER)), 1, "most", "% of a core"),
    *(
        Budget(
            f"Memory above idle while 2 GiB go up, {case}",
            figure("uploads", (uploads.MEMORY.name, case)),
            64,
            "most",
            "MiB",
        )
        for case in (uploads.RAW, uploads.FORM, uploads.PARTS)
    ),
    Budget(
        "A small job in a child process, more than inline",
        difference("children", *((children.P50.name, children.CASES[where]) for where in ("child", "loop"))),
        2,
        "most",
        "ms",
    ),
)
