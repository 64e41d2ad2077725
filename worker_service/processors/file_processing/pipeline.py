"""Performs operations in order, each by its family."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from shared.job_types.file_operations import FAMILY_OF
from worker_service.processors import Reject
from worker_service.processors.file_processing.work import Bundle, Parameters, Perform, Product, Report, Work, load


def run(
    work: Work, operations: Sequence[Parameters], pointer: str, begins: Callable[[str], None], *, goes_on: bool = False
) -> tuple[Work, list[Report]]:
    """The work with what the operations made of it, and their reports. Stops early once the job is cancelled.

    `pointer` leads to the operations in the payload; `begins` is told the name of each before it. If it goes on,
    others will work on what these have made.
    """
    reports: list[Report] = []
    for index, asked in enumerate(operations):
        if work.job.cancelled:
            break
        name = asked["operation"]
        begins(name)
        answer = _perform(
            replace(work, is_last=not goes_on and asked is operations[-1]), asked, f"{pointer}/{index} ({name})"
        )
        if isinstance(answer, dict):
            reports.append({"index": index, "operation": name, **answer})
        else:
            work = replace(work, product=answer)
    return work, reports


def _perform(work: Work, asked: Parameters, place: str) -> Product | Report:
    name = asked["operation"]
    if isinstance(work.product, Bundle):
        raise Reject(f"{place}: Nothing can follow a step that leaves several files.")
    try:
        return _family(FAMILY_OF[name])[name](work, asked)
    except Reject as error:
        raise Reject(f"{place}: {error}") from error


def _family(name: str) -> Mapping[str, Perform]:
    """Its `OPERATIONS`. Imported when asked for: a worker need not have the libraries of all families."""
    operations: Mapping[str, Perform] = load(f"{__package__}.{name}").OPERATIONS
    return operations
