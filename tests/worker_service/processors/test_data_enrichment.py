"""The processor, from the payload to the result."""

import threading
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from marshmallow import RAISE

from shared import discovery
from shared.codec import decode, encode
from shared.files import FileStore
from shared.job_types.data_enrichment import DATA_ENRICHMENT
from shared.job_types.data_enrichment_result import DataEnrichmentResult
from shared.job_types.enrichments import ENRICHMENTS
from worker_service.processors import JobContext, Processor, Reject
from worker_service.processors.data_enrichment import enrich

EMAIL = {"field": "email", "with": "email"}
EVERY_KIND = [{"field": kind, "with": kind} for kind in ENRICHMENTS if kind not in {"ip-location", "match"}]


@pytest.fixture
def job(tmp_path: Path) -> Callable[..., JobContext]:
    return partial(JobContext, id="j", type="data-enrichment", attempt=1, files=FileStore(tmp_path.as_uri()))


@pytest.fixture
def run(job: Callable[..., JobContext]) -> Callable[..., dict[str, Any]]:
    def result(records: list[Any], *rules: dict[str, Any]) -> dict[str, Any]:
        answer = enrich(job(), DATA_ENRICHMENT.load_payload({"records": records, "enrich": list(rules)}))
        DataEnrichmentResult(unknown=RAISE).load(answer)  # as the contract has it
        wire: dict[str, Any] = decode(encode(answer))
        return wire

    return result


def test_discovery_finds_the_processor() -> None:
    assert discovery.values(["worker_service.processors.data_enrichment"], Processor) == [enrich]


def test_it_runs_in_a_child_process() -> None:
    assert enrich.job_type is DATA_ENRICHMENT
    assert not enrich.runs_on_loop


def test_what_is_found_stands_beside_the_record_which_stays_as_it_was(run: Callable[..., Any]) -> None:
    record = {"enriched": 1, "ip": "::ffff:8.8.8.8", "normalized": [None], "n": 10**30}
    (one,) = run([record], {"field": "ip", "with": "ip"})["records"]
    assert one["record"] == record
    assert one["enriched"]["ip"]["normalized"] == "8.8.8.8"
    assert one["problems"] == []


def test_a_rule_writes_under_its_name(run: Callable[..., Any]) -> None:
    (one,) = run([{"a": "8.8.8.8"}], {"field": "a", "with": "ip", "as": "client"})["records"]
    assert list(one["enriched"]) == ["client"]


def test_one_wrong_value_costs_neither_the_record_nor_the_job(run: Callable[..., Any]) -> None:
    result = run([{"email": "no", "ip": "8.8.8.8"}, {"email": "a@example.com"}], EMAIL, {"field": "ip", "with": "ip"})
    first, second = result["records"]
    assert (list(first["enriched"]), list(second["enriched"])) == (["ip"], ["email"])
    (problem,) = first["problems"]
    assert (problem["as"], problem["field"], problem["with"], problem["code"]) == ("email", "email", "email", "invalid")
    assert problem["message"].startswith("This is not an e-mail address: ")


@pytest.mark.parametrize(
    ("record", "code", "message"),
    [
        ({}, "missing", "The record has no field 'v'."),
        ({"v": None}, "missing", "The field 'v' is null."),
        ({"v": "  "}, "empty", "The text is empty."),
        ({"v": ["8.8.8.8"]}, "wrong_type", "The value must be a text."),
        ({"v": True}, "wrong_type", "The value must be a text."),
        ({"v": "1" * 1_000_000}, "too_long", None),
        ({"v": "?"}, None, None),
    ],
)
@pytest.mark.parametrize("kind", [rule["with"] for rule in EVERY_KIND])
def test_a_value_of_no_use_is_a_problem_of_its_record(
    run: Callable[..., Any], kind: str, record: dict[str, Any], code: str | None, message: str | None
) -> None:
    (one,) = run([record], {"field": "v", "with": kind})["records"]
    if record == {"v": "?"} and kind in {"text", "hash", "id"}:  # any text is one of theirs
        return
    (problem,) = one["problems"]
    assert one["enriched"] == {}
    assert problem["code"] in ([code] if code else ["invalid", "unknown"])
    assert message in {None, problem["message"]}


def test_the_report_counts_each_rule_over_all_records(run: Callable[..., Any]) -> None:
    records = [{"ip": "8.8.8.8"}, {"ip": "1.1.1.1"}, {"ip": "x"}, {}, {"ip": None}]
    assert run(records, {"field": "ip", "with": "ip", "as": "client"})["report"] == [
        {"as": "client", "field": "ip", "with": "ip", "filled": 2, "absent": 2, "invalid": 1}
        | {"problems": {"invalid": 1, "missing": 2}}
    ]


def test_an_enrichment_that_breaks_costs_one_value(run: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: str) -> None:
        raise IndexError

    monkeypatch.setattr("worker_service.processors.data_enrichment.ip.country_code", broken)  # the library's
    first, second = run([{"ip": "8.8.8.8"}, {"ip": "10.0.0.1"}], {"field": "ip", "with": "ip"})["records"]
    assert first["problems"][0]["code"] == "failed"
    assert second["enriched"]["ip"]["scope"] == "private"


def test_progress_is_told_now_and_then(job: Callable[..., JobContext]) -> None:
    told: list[Mapping[str, Any]] = []
    payload = DATA_ENRICHMENT.load_payload({"records": [{}] * 1000, "enrich": EVERY_KIND[:1]})
    enrich(job(emit=told.append), payload)
    assert [update["percent"] for update in told] == list(range(1, 101))
    assert told[0]["message"] == "10 of 1,000 records"


def test_a_cancelled_job_stops_at_the_next_record(job: Callable[..., JobContext]) -> None:
    cancelled = threading.Event()
    told: list[Mapping[str, Any]] = []

    def cancel_after_the_third(update: Mapping[str, Any]) -> None:
        told.append(update)
        if len(told) == 3:
            cancelled.set()

    payload = DATA_ENRICHMENT.load_payload({"records": [{}] * 100, "enrich": EVERY_KIND[:1]})
    with pytest.raises(Reject, match="stopped after 3 of 100 records"):
        enrich(job(emit=cancel_after_the_third, is_cancelled=cancelled.is_set), payload)
    assert len(told) == 3
