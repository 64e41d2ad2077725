"""What is drawn and how it is written: pure functions."""

import re
from typing import Any

import pytest

from api_service.dashboard import charts, graph, timeline, units

NOW = 1_775_476_800_000  # 2026-04-06T12:00:00Z


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (None, "\N{EN DASH}"), (0.0042, "4 ms"), (2.5, "2.5 s"), (59.6, "60 s"), (200, "3 min 20 s"),
        (7_500, "2 h 5 min"), (273_600, "3 d 4 h"),
    ],
)  # fmt: skip
def test_durations_are_written_for_people(seconds: float | None, text: str) -> None:
    assert units.duration(seconds) == text


@pytest.mark.parametrize(
    ("time", "text"),
    [
        ("2026-04-06T11:59:48.000Z", "12 s ago"), ("2026-04-06T12:05:30.000Z", "in 5 min"),
        ("2026-04-06T12:00:00.100Z", "now"), (None, "\N{EN DASH}"),
    ],
)  # fmt: skip
def test_times_are_told_from_now(time: str | None, text: str) -> None:
    assert units.ago(time, NOW) == text


@pytest.mark.parametrize(
    ("count", "text"), [(0, "0 B"), (1536, "1.5 KiB"), (64 << 20, "64 MiB"), (5 << 50, "5120 TiB")]
)
def test_sizes_are_written_for_people(count: int, text: str) -> None:
    assert units.volume(count) == text


@pytest.mark.parametrize(
    ("most", "top"), [(0, 1), (7, 8), (99, 100), (101, 150), (0.0123, 0.015), (1234567, 1_500_000)]
)
def test_a_scale_ends_at_a_round_number_above_all(most: float, top: float) -> None:
    assert charts.ceiling([None, most]) == top


def test_a_missing_value_is_a_gap_and_never_a_zero() -> None:
    assert charts.line([1, None, 2], 2).count("M") == 2
    assert charts.area([1, None, 2], 2).count("Z") == 2
    assert charts.line([None], 1) == charts.area([None], 1) == ""


def test_the_highest_value_stays_below_the_edge() -> None:
    assert re.findall(r"[ML]([\d.]+) ([\d.]+)", charts.line([0, 10], 10)) == [("150.0", "120.0"), ("450.0", "4.0")]


def test_all_charts_are_drawn_of_what_the_api_answers() -> None:
    times = {"p50": 0.1, "p95": 0.2, "p99": None}
    point = {
        "at": "2026-04-06T12:00:00.000Z", "submitted": 3, "completed": 2, "failed": 1, "cancelled": 0, "retried": 0,
        "lost": 0, "wait": times, "run": times, "depth": None, "oldestWait": None,
    }  # fmt: skip
    drawn = {chart.title: chart for chart in charts.charts([point, point])}
    assert [line.last for line in drawn["Throughput"].lines] == ["2", "3"]  # the last step is not over
    assert charts.charts([point])[0].lines[0].last == "2"  # but it is all there is
    assert drawn["Wait"].slots[0].text == "12:00 · p50 100 ms · p95 200 ms · p99 \N{EN DASH}"
    assert drawn["Waiting jobs"].is_empty


def job(**facts: Any) -> dict[str, Any]:
    return {"createdAt": "2026-04-06T12:00:00.000Z", "completedAt": None, "attempts": [], **facts}


def attempt(number: int, start: str, end: str | None, outcome: str | None) -> dict[str, Any]:
    return {"number": number, "startedAt": start, "endedAt": end, "outcome": outcome}


def test_attempts_stand_on_one_scale_in_their_order() -> None:
    first = attempt(1, "2026-04-06T12:00:01.000Z", "2026-04-06T12:00:02.000Z", "failed")
    second = attempt(2, "2026-04-06T12:00:03.000Z", "2026-04-06T12:00:04.000Z", "completed")
    bars = timeline.drawn(job(attempts=[first, second], completedAt="2026-04-06T12:00:04.000Z"))
    assert [(bar.kind, bar.x, bar.width) for bar in bars] == [
        ("waited", 0, 250),
        ("failed", 250, 250),
        ("completed", 750, 250),
    ]


def test_what_goes_on_reaches_to_the_end_and_what_is_short_is_seen() -> None:
    running = attempt(1, "2026-04-06T12:00:00.001Z", None, None)
    _, runs = timeline.drawn(job(attempts=[running], createdAt="2026-04-06T11:00:00.000Z"))
    assert runs.kind == "running"
    assert runs.x + runs.width == pytest.approx(1000, abs=0.2)
    (alone,) = timeline.drawn(job())
    assert (alone.x, alone.width) == (0, 1000)


def tree(**children: list[str]) -> dict[str, Any]:
    names = dict.fromkeys([*children, *(child for several in children.values() for child in several)])
    jobs = [{"id": name, "status": "pending", "type": "t", "children": children.get(name, [])} for name in names]
    return {"id": "root", "counts": {"pending": len(jobs)}, "jobs": jobs}


def test_each_job_stands_right_of_all_that_wait_for_it() -> None:
    drawn = graph.drawn(tree(root=["a", "b"], a=["c"], b=["c"]))
    x = {node.id: node.x for node in drawn.nodes}
    assert x["root"] < x["a"] == x["b"] < x["c"]
    assert len(drawn.curves) == 4
    assert len({(node.x, node.y) for node in drawn.nodes}) == 4


def test_a_large_tree_is_cut_and_says_by_how_much() -> None:
    drawn = graph.drawn(tree(root=[f"c{number}" for number in range(100)]))
    assert (len(drawn.nodes), drawn.left_out) == (graph.MOST, 101 - graph.MOST)
