"""`calculation`: exact figures of a list of numbers. Plain `def`: it computes, so it runs in a child process."""

from typing import Any

from shared.job_types.calculation import CALCULATION, COMPLEX
from worker_service.processors import JobContext, Reject, processes
from worker_service.processors.calculation.exact import OutOfRange
from worker_service.processors.calculation.operations import OPERATIONS
from worker_service.processors.calculation.sample import Sample


@processes(CALCULATION)
def calculation(_: JobContext, payload: dict[str, Any]) -> dict[str, Any]:
    """Each figure that was asked for, by its name. Raises `Reject` for one that JSON cannot hold."""
    sample = Sample.of(payload["numbers"], payload["percentiles"])
    names = COMPLEX if payload["operation"] == "complex" else (payload["operation"],)
    return {name: _figure(name, sample) for name in names}


def _figure(name: str, sample: Sample) -> Any:  # noqa: ANN401 - a number, or an object of numbers
    try:
        return OPERATIONS[name](sample)
    except OutOfRange as error:
        advice = "Send fewer or smaller numbers, or ask for other figures alone."
        raise Reject(f"The {name} of these numbers cannot be given: {error} {advice}") from error
