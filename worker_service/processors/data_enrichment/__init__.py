"""`data-enrichment`: applies each rule to each record. Plain `def`: it computes, so it runs in a child process."""

from collections.abc import Sequence
from typing import Any

from shared.job_types.data_enrichment import DATA_ENRICHMENT
from worker_service.processors import JobContext, Limits, Reject, processes
from worker_service.processors.data_enrichment.report import State
from worker_service.processors.data_enrichment.rule import Record, Rule, enriched, ready
from worker_service.processors.data_enrichment.streaming import enrich_file

PROGRESS_STEPS = 100  # a job tells of its progress at most this often


@processes(DATA_ENRICHMENT, limits=Limits(processes=0))
def enrich(job: JobContext, payload: dict[str, Any]) -> dict[str, Any]:
    """The records, or a file of them, with what was found, as the contract has it.

    Raises `Reject` if it is told to stop, or if a file or an option cannot be used.
    """
    rules = ready(job, payload["enrich"])
    if "file" in payload:
        return enrich_file(job, payload["file"], rules)
    return _enrich_records(job, payload["records"], rules)


def _enrich_records(job: JobContext, records: Sequence[Record], rules: Sequence[Rule]) -> dict[str, Any]:
    step = -(-len(records) // PROGRESS_STEPS)
    state = State()
    done: list[dict[str, Any]] = []
    for record in records:
        if job.cancelled:
            raise Reject(f"The job was stopped after {len(done):,} of {len(records):,} records.")
        done.append(enriched(record, rules))
        state.count(done[-1])
        if len(done) % step == 0:
            job.progress(100 * len(done) / len(records), f"{len(done):,} of {len(records):,} records")
    return {"records": done, "report": state.report(rules)}
