"""How many digits of NIST's certified values the operations reach.

`python -m tests.worker_service.processors.calculation.nist.accuracy` prints the tables. The log relative error
-log10(|x - c| / |c|), or -log10(|x|) where 0 is certified, at most 15, which is what NIST certifies: McCullough,
"Assessing the reliability of statistical software: part I", American Statistician 52(4), 1998.
"""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, cast

from shared.codec import decode
from shared.job_types.calculation import CALCULATION
from tests.worker_service.processors.calculation.nist.linear import LINEAR, Linear
from tests.worker_service.processors.calculation.nist.univariate import UNIVARIATE, Univariate
from worker_service.processors import JobContext
from worker_service.processors.calculation import calculation, floating_fit
from worker_service.processors.calculation.design import linear, polynomial

ALL = 15.0

CONTEXT = cast("JobContext", None)


@dataclass(frozen=True)
class Row:
    """The fewest right digits of each kind of value, of one data set."""

    name: str
    level: str
    digits: dict[str, float]


def log_relative_error(value: Any, certified: str) -> float:
    """The number of right digits, at most 15."""
    exact, right = Decimal(value), Decimal(certified)
    error = abs(exact - right) / (abs(right) or 1)
    return ALL if not error else min(ALL, -float(error.log10()))


def numbers(text: str) -> Any:
    """As they come over the wire."""
    return [decode(number.encode()) for number in text.split()]


def run(payload: dict[str, Any]) -> dict[str, Any]:
    """The result of a job."""
    result: dict[str, Any] = calculation(CONTEXT, CALCULATION.load_payload(payload))
    return result


def univariate(data: Univariate) -> Row:
    """By `describe` and `autocorrelation`."""
    described = run({"operation": "describe", "numbers": numbers(data.numbers)})
    correlated = run({"operation": "autocorrelation", "numbers": numbers(data.numbers)})
    digits = {
        "mean": log_relative_error(described["average"], data.mean),
        "standard deviation": log_relative_error(described["stdev"], data.deviation),
        "autocorrelation": log_relative_error(correlated["coefficients"][0], data.autocorrelation),
    }
    return Row(data.name, data.level, digits)


def payload_of(data: Linear) -> dict[str, Any]:
    """The job that fits a data set."""
    both = {"y": numbers(data.y), "intercept": data.intercept}
    if data.degree:
        return {"operation": "polynomial-regression", "x": numbers(data.x[0]), "degree": data.degree, **both}
    return {"operation": "regression", "x": [numbers(x) for x in data.x], **both}


def in_doubles(data: Linear) -> dict[str, Any]:
    """What the floating-point way makes of it, which is taken for what is too large."""
    payload = CALCULATION.load_payload(payload_of(data))
    y, x, intercept = payload["y"], payload["x"], payload["intercept"]
    made = polynomial(y, x, data.degree, intercept=intercept) if data.degree else linear(y, x, intercept=intercept)
    found = floating_fit.fit(made, residuals=False)
    assert found is not None
    return found


def fitted(data: Linear, found: dict[str, Any]) -> Row:
    """The digits of a fit."""
    digits = {
        "coefficients": fewest(found["coefficients"], data.coefficients),
        "standard errors": fewest(found["standardErrors"], data.errors),
        "residual deviation": log_relative_error(found["residualDeviation"], data.deviation),
        "R squared": log_relative_error(found["rSquared"], data.r_squared),
    }
    return Row(data.name, data.level, digits)


def fewest(values: Sequence[Any], certified: str) -> float:
    """The fewest right digits of several values."""
    pairs = zip(values, certified.split(), strict=True)
    return min(log_relative_error(value, right) for value, right in pairs)


def table(rows: Sequence[Row]) -> Iterator[str]:
    """A table for the docs."""
    heads = ["data set", "level", *rows[0].digits]
    yield f"| {' | '.join(heads)} |"
    yield f"|{'---|' * len(heads)}"
    for row in rows:
        yield f"| {' | '.join([row.name, row.level, *(f'{digits:.1f}' for digits in row.digits.values())])} |"


def main() -> None:
    """Print the tables that stand in docs/operations/calculation.md."""
    parts = (
        [univariate(data) for data in UNIVARIATE],
        [fitted(data, run(payload_of(data))) for data in LINEAR],
        [fitted(data, in_doubles(data)) for data in LINEAR],
    )
    sys.stdout.write("\n\n".join("\n".join(table(rows)) for rows in parts) + "\n")


if __name__ == "__main__":
    main()
