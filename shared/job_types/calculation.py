"""The contract of `calculation`: figures, statistics, models, matrices, integers, expressions.

Each operation has a schema of its own; `operation` says which. What is exact is said by each operation in
`docs/operations/calculation.md`: integers at any size, and other numbers as the decimals that were written, unless they
come from a file. All results of one type: `CalculationResult`, of which each operation answers its own members.
"""

from collections.abc import Mapping

from marshmallow import Schema

from shared.job_types import JobType
from shared.job_types.calculations.figures import FIGURES, Figures
from shared.job_types.calculations.integers import (
    Divisors,
    Expression,
    Factors,
    InverseModulo,
    PowerModulo,
    Rational,
)
from shared.job_types.calculations.matrices import Multiply, OneMatrix, Solve
from shared.job_types.calculations.models import Fft, Interpolation, PolynomialRegression, Regression
from shared.job_types.calculations.results import CalculationResult
from shared.job_types.calculations.statistics import (
    Autocorrelation,
    Correlation,
    Covariance,
    Describe,
    Histogram,
    TrimmedMean,
    WeightedMean,
    Window,
)
from shared.schemas.variants import VariantSchema

OPERATIONS: Mapping[str, type[Schema]] = {
    **dict.fromkeys(FIGURES, Figures),
    "describe": Describe,
    "histogram": Histogram,
    "weighted-mean": WeightedMean,
    "trimmed-mean": TrimmedMean,
    "autocorrelation": Autocorrelation,
    "correlation": Correlation,
    "covariance": Covariance,
    "window": Window,
    "regression": Regression,
    "polynomial-regression": PolynomialRegression,
    "interpolation": Interpolation,
    **dict.fromkeys(("fft", "inverse-fft"), Fft),
    "multiply": Multiply,
    "solve": Solve,
    **dict.fromkeys(("inverse", "determinant", "rank", "eigen", "svd"), OneMatrix),
    **dict.fromkeys(("gcd", "lcm"), Divisors),
    "factors": Factors,
    "power-modulo": PowerModulo,
    "inverse-modulo": InverseModulo,
    "rational": Rational,
    "expression": Expression,
}


class CalculationPayload(VariantSchema):
    """Compute: figures and statistics of numbers, regression, matrices, transforms, exact integers, expressions."""

    discriminator = "operation"
    forms = OPERATIONS


CALCULATION = JobType("calculation", payload=CalculationPayload, result=CalculationResult, timeout=30)
