"""The figures of a file: from any checkpoint an attempt goes on to the very same."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.worker_service.processors.calculation.test_streaming import CONTENTS
from worker_service.processors.calculation import calculation, reading
from worker_service.processors.testing import Crash, Rehearsal

Rehearse = Callable[..., Rehearsal]


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "CHUNK", 40_000)


@pytest.fixture
def rehearse(tmp_path: Path) -> Rehearse:
    return lambda every="0": Rehearsal(calculation, tmp_path, checkpoint_every=every)


def _payload(rehearsal: Rehearsal, written: str, operation: str = "describe", content: bytes = b"") -> dict[str, Any]:
    stored = rehearsal.files.save(content or CONTENTS[written], "text/plain")
    column = {} if written == "lines" else {"column": "price"}
    return {"operation": operation, "fileId": stored.file_id, "format": written, **column}


@pytest.mark.parametrize("written", CONTENTS)
@pytest.mark.parametrize("operation", ["describe", "histogram"])
def test_an_interrupted_job_comes_to_the_same_figures(rehearse: Rehearse, written: str, operation: str) -> None:
    whole, broken = rehearse(every="3600"), rehearse()
    payload = _payload(whole, written, operation)
    expected = whole.run(payload)
    assert whole.states == []
    for _ in range(2):
        with pytest.raises(Crash):
            broken.run(payload, crash_after=1)
    assert broken.run(payload) == expected
    rows = [state["at"]["rows"] for state in broken.states]
    assert rows == sorted(rows)
    read = [message for _, message in broken.progress if message == "read"]
    assert len(read) == sum(state["at"]["found"] == {} for state in broken.states)  # no chunk was read twice
    assert broken.log[:2] == [f"Goes on after {count:,} rows, and 0 of the steps behind them." for count in rows[:2]]


def test_the_steps_behind_the_reading_are_not_done_twice(rehearse: Rehearse) -> None:
    rehearsal = rehearse()
    payload = _payload(rehearsal, "lines")
    expected = rehearse(every="3600").run(payload)
    with pytest.raises(Crash):
        rehearsal.run(payload, crash_after=len(_of_reading(rehearse(), payload)) + 2)
    told = len(rehearsal.progress)
    assert rehearsal.run(payload) == expected
    assert rehearsal.log[1] == "Goes on after 150,000 rows, and 2 of the steps behind them."
    assert {message for _, message in rehearsal.progress[told:]} == {"pass 2"}  # the moments alone


def _of_reading(rehearsal: Rehearsal, payload: dict[str, Any]) -> list[Any]:
    rehearsal.run(payload)
    return [state for state in rehearsal.states if not state["at"]["found"]]


def test_rows_without_a_number_are_counted_once(rehearse: Rehearse) -> None:
    content = b"\n".join(json.dumps({"price": n if n % 3 else None}).encode() + b"\n" for n in range(100_000))
    rehearsal = rehearse()
    payload = _payload(rehearsal, "jsonl", content=content)
    with pytest.raises(Crash):
        rehearsal.run(payload, crash_after=2)
    found = rehearsal.run(payload)
    assert (found["count"], found["missing"], found["min"], found["max"]) == (66_666, 33_334, 1, 99_998)


def test_what_was_read_of_another_file_is_not_gone_on_with(rehearse: Rehearse) -> None:
    rehearsal = rehearse()
    with pytest.raises(Crash):
        rehearsal.run(_payload(rehearsal, "lines"), crash_after=2)
    other = _payload(rehearsal, "lines", content=CONTENTS["lines"] + b"\n1")
    assert rehearsal.run(other) == rehearse().run(other)
    assert rehearsal.log == ["150,001 numbers read; 0 places had none."]


def test_without_its_parts_a_job_begins_anew(rehearse: Rehearse) -> None:
    rehearsal = rehearse()
    payload = _payload(rehearsal, "csv")
    with pytest.raises(Crash):
        rehearsal.run(payload, crash_after=2)
    rehearsal.files.remove(rehearsal.parts[0])
    assert rehearsal.run(payload) == rehearse().run(payload)
    assert rehearsal.log == [
        "The job begins anew: what was read is gone.",
        "150,000 numbers read; 0 places had none.",
    ]
