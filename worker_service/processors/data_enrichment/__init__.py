"""`data-enrichment`: applies each rule to each record. Plain `def`: it computes, so it runs in a child process."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from shared.job_types.data_enrichment import DATA_ENRICHMENT
from worker_service.processors import JobContext, Reject, processes
from worker_service.processors.data_enrichment.kinds import ENRICHERS
from worker_service.processors.data_enrichment.value import Unusable

PROGRESS_STEPS = 100  # a job tells of its progress at most this often


@processes(DATA_ENRICHMENT)
def enrich(job: JobContext, payload: dict[str, Any]) -> dict[str, Any]:
    """The records with what was found of them, as the contract has it. Raises `Reject` if it is told to stop."""
    records, rules = payload["records"], payload["enrich"]
    step = -(-len(records) // PROGRESS_STEPS)
    done: list[dict[str, Any]] = []
    for record in records:
        if job.cancelled:
            raise Reject(f"The job was stopped after {len(done):,} of {len(records):,} records.")
        done.append(_enriched(record, rules))
        if len(done) % step == 0:
            job.progress(100 * len(done) / len(records), f"{len(done):,} of {len(records):,} records")
    return {"records": done, "report": [_report(rule, done) for rule in rules]}


def _enriched(record: Mapping[str, Any], rules: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    enriched: dict[str, Any] = {}
    problems: list[dict[str, Any]] = []
    for rule in rules:
        try:
            enriched[rule["name"]] = _applied(rule, record)
        except Unusable as reason:
            problems.append({**_reference(rule), "code": reason.code, "message": reason.message})
    return {"record": record, "enriched": enriched, "problems": problems}


def _applied(rule: Mapping[str, Any], record: Mapping[str, Any]) -> dict[str, Any]:
    if rule["field"] not in record:
        raise Unusable("missing", f"The record has no field {rule['field']!r}.")
    value = record[rule["field"]]
    if value is None:
        raise Unusable("missing", f"The field {rule['field']!r} is null.")
    try:
        return ENRICHERS[rule["kind"]](value, rule["options"])
    except Unusable:
        raise
    except Exception as error:  # a library that breaks on one value must not cost the other records
        raise Unusable("failed", f"The enrichment broke on this value ({type(error).__name__}).") from error


def _report(rule: Mapping[str, Any], done: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    codes = Counter(problem["code"] for one in done for problem in one["problems"] if problem["as"] == rule["name"])
    return {**_reference(rule), "filled": len(done) - codes.total(), "problems": dict(sorted(codes.items()))}


def _reference(rule: Mapping[str, Any]) -> dict[str, Any]:
    return {"as": rule["name"], "field": rule["field"], "with": rule["kind"]}
