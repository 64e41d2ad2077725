"""The examples that OpenAPI gives run, and give what their enrichment says it adds."""

import json
import re
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from api_service.json_schema import example, json_schema
from shared.files import FileStore
from shared.job_types.data_enrichment import DATA_ENRICHMENT
from shared.job_types.enrichments import ENRICHMENTS
from tests.processes import ROOT
from tests.worker_service.processors.data_enrichment.databases import GOOGLE, mmdb
from tests.worker_service.processors.data_enrichment.test_plugins import JOB_TYPES, LOYALTY
from worker_service.processors import JobContext
from worker_service.processors.data_enrichment import enrich

SCHEMA = json_schema(DATA_ENRICHMENT.payload_schema)
PAGE = (ROOT / "docs" / "operations" / "enrichment.md").read_text()
EXAMPLES: dict[str, Any] = {one["enrich"][0]["with"]: one for one in SCHEMA["examples"]}


@pytest.fixture
def job(tmp_path: Path) -> JobContext:
    (tmp_path / "geo.mmdb").write_bytes(mmdb({"8.8.8.0/24": GOOGLE}))
    files = FileStore((tmp_path / "files").as_uri())
    return JobContext("j", "data-enrichment", 1, files, configured={"geoip": str(tmp_path / "geo.mmdb")})


def test_every_enrichment_has_one() -> None:
    assert list(EXAMPLES) == list(ENRICHMENTS)
    assert example(DATA_ENRICHMENT.payload_schema) == SCHEMA["examples"][0]


@pytest.mark.parametrize("kind", ENRICHMENTS)
def test_it_is_valid_and_runs(kind: str, job: JobContext) -> None:
    payload = EXAMPLES[kind]
    assert jsonschema_rs.is_valid(SCHEMA, payload)
    rule = payload["enrich"][0]
    if kind == "match":  # the table is a file of the reader's own
        table = job.files.save(b"name\nDeutsche Bahn\n", "text/csv").file_id
        payload = {**payload, "enrich": [{**rule, "options": {**rule["options"], "table": table}}]}
    (one,) = enrich(job, DATA_ENRICHMENT.load_payload(payload))["records"]
    assert one["problems"] == []
    assert tuple(one["enriched"]["found"]) == ENRICHMENTS[kind].adds


def _row(kind: str) -> list[str]:
    """The cells of its row in the table of the docs."""
    line: str = re.findall(rf"^\| `{kind}` \|(.*)\|$", PAGE, re.MULTILINE)[0]
    return line.split("|")


@pytest.mark.parametrize("kind", ENRICHMENTS)
def test_the_docs_say_what_it_adds_and_takes(kind: str) -> None:
    _, adds, options, library = _row(kind)
    assert tuple(re.findall(r"`(\w+)`", adds)) == ENRICHMENTS[kind].adds
    assert set(re.findall(r"`(\w+)`", options)) == set(ENRICHMENTS[kind].options)
    assert library.strip()


def test_the_payloads_of_the_docs_are_valid_and_the_first_one_runs(job: JobContext) -> None:
    first, second = (json.loads(block) for block in re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL))
    assert enrich(job, DATA_ENRICHMENT.load_payload(first["payload"]))["records"][0]["problems"] == []
    assert DATA_ENRICHMENT.load_payload(second)
    assert all(jsonschema_rs.is_valid(SCHEMA, payload) for payload in (first["payload"], second))


def test_the_plug_in_of_the_docs_is_the_one_that_is_tested() -> None:
    contract, work = re.findall(r"```python\n# acme_jobs/\w+\.py\n(.*?)```", PAGE, re.DOTALL)
    assert (contract.strip(), work.strip()) == (JOB_TYPES.strip(), LOYALTY.strip())


def test_a_chain_of_rules_is_one_pass(job: JobContext) -> None:
    payload = {
        "records": [{"contact": "Ada@Example.com ", "lat": 52.52, "lon": 13.405}],
        "enrich": [
            {"field": "contact", "with": "email"},
            {"field": {"rule": "contact", "member": "domain"}, "with": "domain"},
            {"fields": {"latitude": "lat", "longitude": "lon"}, "with": "coordinates", "as": "place"},
            {
                "fields": {
                    "mail": {"rule": "contact", "member": "normalized"},
                    "zone": {"rule": "place", "member": "timeZone"},
                },
                "with": "id",
            },
        ],
    }
    (one,) = enrich(job, DATA_ENRICHMENT.load_payload(payload))["records"]
    assert list(one["enriched"]) == ["contact", "domain", "place", "id"]
    assert one["enriched"]["domain"]["registrableDomain"] == "example.com"
    wrong = {**payload, "records": [{"contact": "nobody", "lat": 0}]}
    result = enrich(job, DATA_ENRICHMENT.load_payload(wrong))
    assert [(each["as"], each["field"], each["code"]) for each in result["records"][0]["problems"]] == [
        ("contact", "contact", "invalid"),
        ("domain", "contact.domain", "missing"),
        ("place", "lat, lon", "missing"),
        ("id", "contact.normalized, place.timeZone", "missing"),
    ]
