"""`calculation`: figures, statistics, models, matrices, integers, expressions. Plain `def`: it runs in a child process.

The figures need the standard library alone. All other operations stand in modules of their own, a function each behind
one table (`table.py`), and are imported when they are first needed, so that a missing library stops nothing else.
"""

import os
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # children are the concurrency; read when NumPy is imported

from shared.job_types.calculation import CALCULATION
from shared.job_types.calculations.figures import COMPLEX, FIGURES
from worker_service.processors import JobContext, Limits, Reject, processes
from worker_service.processors.calculation import figures
from worker_service.processors.calculation.exact import OutOfRange
from worker_service.processors.calculation.sample import Sample
from worker_service.processors.calculation.table import function_of


@processes(CALCULATION, limits=Limits(processes=0))
def calculation(job: JobContext, payload: dict[str, Any]) -> dict[str, Any]:
    """What was asked for, by name. Raises `Reject` for what cannot be computed, or what JSON cannot hold."""
    operation = payload["operation"]
    if operation in FIGURES:
        return _figures(operation, payload)
    try:
        return function_of(operation)(job, payload)
    except OutOfRange as error:
        raise Reject(f"The result of {operation} cannot be given: {error} Send fewer or smaller numbers.") from error


def _figures(operation: str, payload: dict[str, Any]) -> dict[str, Any]:
    sample = Sample.of(payload["numbers"], payload["percentiles"])
    names = COMPLEX if operation == "complex" else (operation,)
    return {name: _figure(name, sample) for name in names}


def _figure(name: str, sample: Sample) -> Any:  # noqa: ANN401 - a number, or an object of numbers
    try:
        return figures.FIGURES[name](sample)
    except OutOfRange as error:
        advice = "Send fewer or smaller numbers, or ask for other figures alone."
        raise Reject(f"The {name} of these numbers cannot be given: {error} {advice}") from error
