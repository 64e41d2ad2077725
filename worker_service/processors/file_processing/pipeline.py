"""Performs operations in order, each by its family."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from importlib import import_module

from shared.job_types.file_operations import FAMILY_OF
from worker_service.processors import Reject
from worker_service.processors.file_processing.work import Parameters, Perform, Product, Report, Work


def run(work: Work, operations: Sequence[Parameters]) -> tuple[Work, list[Report]]:
    """The work with what the operations made of it, and their reports. Stops early once the job is cancelled."""
    reports: list[Report] = []
    for index, asked in enumerate(operations):
        if work.job.cancelled:
            break
        name = asked["operation"]
        work.job.progress(100 * index / (len(operations) + 1), name)
        answer = _perform(work, index, asked)
        if isinstance(answer, dict):
            reports.append({"index": index, "operation": name, **answer})
        else:
            work = replace(work, product=answer)
    return work, reports


def _perform(work: Work, index: int, asked: Parameters) -> Product | Report:
    name = asked["operation"]
    try:
        return _family(FAMILY_OF[name])[name](work, asked)
    except Reject as error:
        raise Reject(f"/operations/{index} ({name}): {error}") from error


def _family(name: str) -> Mapping[str, Perform]:
    """Its `OPERATIONS`. Imported when asked for: a worker need not have the libraries of all families."""
    operations: Mapping[str, Perform] = import_module(f"{__package__}.{name}").OPERATIONS
    return operations
