"""Regression: exact where that is affordable, else in floating point, with what that is worth."""

from typing import Any

import numpy as np

from worker_service.processors import JobContext, Reject
from worker_service.processors.calculation import exact_fit, floating_fit
from worker_service.processors.calculation.design import Design, linear, polynomial
from worker_service.processors.calculation.doubles import ALL_DIGITS, condition_of
from worker_service.processors.calculation.exact import OutOfRange
from worker_service.processors.calculation.table import Operation


def regression(_: JobContext, payload: dict[str, Any]) -> dict[str, Any]:
    """A linear function of several variables."""
    design = linear(payload["y"], payload["x"], intercept=payload["intercept"])
    return fit(design, residuals=payload["residuals"])


def polynomial_regression(_: JobContext, payload: dict[str, Any]) -> dict[str, Any]:
    """A polynomial of one variable."""
    design = polynomial(payload["y"], payload["x"], payload["degree"], intercept=payload["intercept"])
    return fit(design, residuals=payload["residuals"])


def fit(design: Design, *, residuals: bool) -> dict[str, Any]:
    """The fit and how good its digits are. Raises `Reject` for columns that are linearly dependent."""
    if exact_fit.affordable(design):
        found = exact_fit.fit(design, residuals=residuals)
        report = {"digits": ALL_DIGITS, **_condition(design)}
    else:
        found = floating_fit.fit(design, residuals=residuals)
        report = {}
    if found is None:
        raise Reject("/x: the columns are linearly dependent, so there is no single best fit. Leave one out.")
    return {**found, **report}


def _condition(design: Design) -> dict[str, Any]:
    """For the reader: an exact fit does not suffer from it, but data that were measured do."""
    try:
        return condition_of(floating_fit.condition(design.columns))
    except OutOfRange:  # a power that no double holds
        return {}


_quiet = np.errstate(all="ignore")  # what is not finite is refused when it is written

OPERATIONS: dict[str, Operation] = {
    "regression": _quiet(regression),
    "polynomial-regression": _quiet(polynomial_regression),
}
