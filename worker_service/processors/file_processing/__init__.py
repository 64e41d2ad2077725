"""`file-processing`: a pipeline of operations on one file. Plain `def`: it computes, so it runs in a child process.

What the operations made of the file is written after the last one, so an attempt that fails or is stopped half way
leaves no file.
"""

from contextlib import ExitStack
from dataclasses import replace
from typing import Any

from shared.job_types.file_processing import FILE_PROCESSING
from worker_service import sources
from worker_service.processors import JobContext, Limits, processes
from worker_service.processors.file_processing.outputs import Writer
from worker_service.processors.file_processing.pipeline import run
from worker_service.processors.file_processing.work import File, Report, Work


@processes(FILE_PROCESSING, limits=Limits(processes=0))
def file_processing(job: JobContext, payload: dict[str, Any]) -> dict[str, Any]:
    """The files that were written, and what was reported. Raises `Reject` for a file or a step that cannot be."""
    with sources.opened(job, payload) as (stored, content), ExitStack() as opened:
        file = File(stored, content, is_shared=len(payload.get("outputs", ())) > 1, closing=opened)
        opened.callback(file.forget)
        writer = Writer(job, opened)
        reports = _run(Work(job, file), payload, writer)
        if job.cancelled:
            return {"outputs": [], "reports": reports}
        return {"outputs": writer.save(), "reports": reports}


def _run(work: Work, payload: dict[str, Any], writer: Writer) -> list[Report]:
    """The reports of all operations; what is to be written is handed to the writer."""
    asked = payload.get("outputs", ())
    steps = _Steps(work.job, sum(len(each["operations"]) + 1 for each in (payload, *asked)))
    work = replace(work, within=steps.within)
    trunk, reports = run(work, payload["operations"], "/operations", steps.begin, goes_on=bool(asked))
    if not asked and not work.job.cancelled:
        steps.begin("write the file")
        writer.take(trunk.product)
    for index, output in enumerate(asked):
        branch, more = run(trunk, output["operations"], f"/outputs/{index}/operations", steps.begin)
        reports += [{"output": output["name"], **report} for report in more]
        if work.job.cancelled:
            break
        steps.begin(f"write {output['name']}")
        writer.take(branch.product, output["name"])
    return reports


class _Steps:
    """Tells the progress of a pipeline of so many steps."""

    def __init__(self, job: JobContext, count: int) -> None:
        self._job, self._count, self._done = job, count, 0
        self._name = ""

    def begin(self, name: str) -> None:
        self._job.progress(100 * self._done / self._count, name)
        self._name = name
        self._done += 1

    def within(self, fraction: float) -> None:
        self._job.progress(100 * (self._done - 1 + fraction) / self._count, self._name)
