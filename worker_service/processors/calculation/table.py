"""Where the operation of each name stands: the module of this package, which has it in its `OPERATIONS`."""

from collections.abc import Callable, Mapping
from functools import cache
from importlib import import_module
from typing import Any

from worker_service.processors import JobContext, Reject

Operation = Callable[[JobContext, dict[str, Any]], dict[str, Any]]

MODULES: Mapping[str, str] = {
    "describe": "describing",
    "histogram": "histogram",
    "weighted-mean": "means",
    "trimmed-mean": "means",
    "autocorrelation": "pairs",
    "correlation": "pairs",
    "covariance": "pairs",
    "window": "window",
    "regression": "regression",
    "polynomial-regression": "regression",
    "interpolation": "interpolation",
    "fft": "fourier",
    "inverse-fft": "fourier",
    "multiply": "matrices",
    "solve": "matrices",
    "inverse": "matrices",
    "determinant": "matrices",
    "rank": "matrices",
    "eigen": "spectra",
    "svd": "spectra",
    "gcd": "integers",
    "lcm": "integers",
    "factors": "integers",
    "power-modulo": "integers",
    "inverse-modulo": "integers",
    "rational": "integers",
    "expression": "expression",
}


@cache
def function_of(operation: str) -> Operation:
    """The function of an operation. Raises `Reject` if a library that it needs is not installed here."""
    try:
        module = import_module(f"worker_service.processors.calculation.{MODULES[operation]}")
    except ModuleNotFoundError as error:
        raise Reject(
            f"{operation} needs {error.name}, which this worker does not have (extra: calculation)."
        ) from error
    found: Operation = module.OPERATIONS[operation]
    return found
