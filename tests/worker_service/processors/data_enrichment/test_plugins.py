"""An enrichment of one's own, from a package that is made here as a user would make it."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from api_service.json_schema import json_schema
from shared import discovery
from shared.errors import Misconfigured
from shared.files import FileStore
from shared.job_types.data_enrichment import DATA_ENRICHMENT
from worker_service import catalogue
from worker_service.processors import JobContext, Reject

JOB_TYPES = """
from marshmallow import fields
from shared.job_types.enrichment import Enrichment

LOYALTY = Enrichment(
    "loyalty",
    reads="a customer's number",
    adds=("normalized", "tier"),
    example="0007",
    options={"gold": fields.Integer(strict=True, metadata={"description": "From what number on.", "example": 5})},
    work="acme_jobs.loyalty:loyalty",
)
"""
LOYALTY = """
from worker_service.processors.data_enrichment.value import Unusable, text


def loyalty(value, options):
    digits = text(value, limit=10)
    if not digits.isdecimal():
        raise Unusable("invalid", "This is not a customer's number.")
    return {"normalized": digits.lstrip("0"), "tier": "gold" if int(digits) >= options.get("gold", 5) else "silver"}
"""


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.syspath_prepend(tmp_path)
    made = tmp_path / "acme_jobs"
    made.mkdir()
    for name, text in {"__init__": "", "job_types": JOB_TYPES, "loyalty": LOYALTY, "processors": ""}.items():
        (made / f"{name}.py").write_text(text)
    before = set(sys.modules)
    yield made
    for name in set(sys.modules) - before:
        del sys.modules[name]


def _run(tmp_path: Path, *rules: dict[str, object]) -> dict[str, object]:
    processor = catalogue.processors(["acme_jobs"])["data-enrichment"]
    job = JobContext("j", "data-enrichment", 1, FileStore(tmp_path.as_uri()))
    payload = {"records": [{"customer": "0007"}, {"customer": "3"}, {"customer": "x"}], "enrich": list(rules)}
    result: dict[str, object] = processor(job, processor.job_type.load_payload(payload))
    return result


def test_it_is_a_word_like_ours_in_both_services(package: Path, tmp_path: Path) -> None:
    schema = discovery.job_types(["acme_jobs"])["data-enrichment"].payload_schema
    examples = {example["enrich"][0]["with"] for example in json_schema(schema)["examples"]}
    assert {"email", "loyalty"} <= examples
    result = _run(
        tmp_path,
        {"field": "customer", "with": "loyalty", "options": {"gold": 6}},
        {"field": {"rule": "customer", "member": "tier"}, "with": "hash", "as": "hashed"},
    )
    assert [one["enriched"].get("customer") for one in result["records"]] == [  # type: ignore[attr-defined]
        {"normalized": "7", "tier": "gold"},
        {"normalized": "3", "tier": "silver"},
        None,
    ]
    assert [one["problems"] for one in result["report"]] == [{"invalid": 1}, {"missing": 1}]  # type: ignore[attr-defined]


def test_without_the_plug_in_there_is_no_such_word() -> None:
    assert discovery.job_types([])["data-enrichment"] is DATA_ENRICHMENT


def test_one_that_takes_a_name_of_ours_stops_the_start(package: Path) -> None:
    (package / "job_types.py").write_text(JOB_TYPES.replace('"loyalty",', '"email",'))
    with pytest.raises(Misconfigured, match="Two enrichments are named 'email'"):
        discovery.job_types(["acme_jobs"])


@pytest.mark.parametrize("work", ["acme_jobs.loyalty:tier", "acme_jobs.none:loyalty", "loyalty", ""])
def test_a_function_that_is_not_there_rejects_the_job(package: Path, tmp_path: Path, work: str) -> None:
    (package / "job_types.py").write_text(JOB_TYPES.replace("acme_jobs.loyalty:loyalty", work))
    with pytest.raises(Reject, match=r"/enrich/0 \(loyalty\): The function .* cannot be imported"):
        _run(tmp_path, {"field": "customer", "with": "loyalty"})
