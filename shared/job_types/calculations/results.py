"""What a `calculation` answers: every member that any operation has; each answers its own."""

from typing import Any

from marshmallow import Schema, fields

from shared.schemas.fields import Integer, List, Number

_MOST = 1_000_000


class AnyNumbers(fields.Field[Any]):
    """A number, a boolean, or a list of such."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> Any:  # noqa: ANN401 - any JSON value
        if isinstance(value, list):
            return [self.deserialize(item) for item in value]
        return value if isinstance(value, bool) else _NUMBER.deserialize(value)


def _number(description: str, example: Any) -> Number:  # noqa: ANN401 - a number
    return Number(metadata={"description": description, "example": example})


def _integer(description: str, example: int) -> Integer:
    return Integer(metadata={"description": description, "example": example})


def _text(description: str, example: str) -> fields.String:
    return fields.String(metadata={"description": description, "example": example})


def _list(description: str, example: list[Any]) -> List:
    first = _number("One of them.", example[0])
    return List(first, max_length=_MOST, metadata={"description": description, "example": example})


def _rows(description: str, example: list[list[Any]]) -> List:
    return List(
        _list("A row.", example[0]), max_length=_MOST, metadata={"description": description, "example": example}
    )


class Factor(Schema):
    """A prime factor."""

    prime = _integer("The prime.", 2)
    exponent = _integer("How often it divides the integer.", 3)


class CalculationResult(Schema):
    """The figures that were asked for, and no others."""

    sum = Number(metadata={"description": "The numbers added up.", "example": 15})
    product = Number(metadata={"description": "The numbers multiplied.", "example": 120})
    average = Number(metadata={"description": "The arithmetic mean.", "example": 3})
    min = Number(metadata={"description": "The smallest number.", "example": 1})
    max = Number(metadata={"description": "The largest number.", "example": 5})
    median = Number(
        metadata={"description": "The middle number in order; of an even count, the mean of both.", "example": 3}
    )
    mode = Number(
        metadata={"description": "The most frequent number; of several, the one that came first.", "example": 1}
    )
    variance = Number(metadata={"description": "The sample variance: squared deviations over n - 1.", "example": 2.5})
    stdev = Number(
        metadata={
            "description": "The sample standard deviation: the root of the variance.",
            "example": 1.5811388300841898,
        }
    )
    percentiles = fields.Dict(
        keys=fields.String(metadata={"description": "The percentile that was asked for.", "example": "25"}),
        values=Number(metadata={"description": "Its value.", "example": 2}),
        metadata={
            "description": (
                "Each percentile by its number, interpolated linearly between the two nearest ranks, both ends"
                " included (type 7 of Hyndman and Fan 1996; the default of R, NumPy and Excel's PERCENTILE.INC)."
            ),
            "example": {"25": 2, "50": 3, "75": 4},
        },
    )

    count = _integer("How many numbers there are.", 5)
    missing = _integer("How many places of the file's column are empty; they do not count.", 0)
    range = _number("The largest less the smallest.", 8)
    skewness = _number("The third standardised moment, g1 = m3 / m2**1.5 (0 is symmetric).", 1.02)
    kurtosis = _number("The excess kurtosis, g2 = m4 / m2**2 - 3 (0 is normal).", -0.43)
    mad = _number("The median absolute deviation from the median, not scaled.", 1)
    iqr = _number("The third quartile less the first (type 7).", 1)
    method = _text("How it was computed, where there are several ways.", "exact")
    weighted_mean = Number(data_key="weightedMean", metadata={"description": "The weighted mean.", "example": 2.25})
    trimmed_mean = Number(data_key="trimmedMean", metadata={"description": "The trimmed mean.", "example": 3})
    left_out = Integer(
        data_key="leftOut", metadata={"description": "How many were left out, at each end.", "example": 1}
    )
    coefficients = _list("The coefficients, or the autocorrelations by lag.", [-0.2, 2.3])
    edges = _list("The edges of the bins; each bin but the last excludes its upper edge.", [0, 2.5, 10])
    counts = _list("How many numbers each bin has.", [3, 2])
    outside = _integer("How many numbers lie in no bin.", 0)
    matrix = _rows("The matrix.", [[1, 0.5], [0.5, 1]])
    values = _list("The values, in order.", [1, 2, 3])
    standard_errors = List(
        _number("One of them.", 0.1),
        data_key="standardErrors",
        metadata={"description": "The standard errors of the coefficients.", "example": [0.2, 0.1]},
    )
    r_squared = Number(
        data_key="rSquared",
        metadata={"description": "R2: 1 - RSS / TSS; TSS is about the mean only with an intercept.", "example": 0.98},
    )
    residual_deviation = Number(
        data_key="residualDeviation", metadata={"description": "The root of RSS / (n - p).", "example": 0.4}
    )
    degrees_of_freedom = Integer(data_key="degreesOfFreedom", metadata={"description": "n - p.", "example": 2})
    residuals = _list("What the fit leaves, y - fit.", [0.2, -0.1])
    condition = _number("The condition number in the 2-norm; of a regression, with columns scaled to length 1.", 3.2)
    digits = _integer("About how many decimal digits are right; 17 means rounded once.", 17)
    warning = _text(
        "What to beware of; absent if nothing.",
        "The matrix is ill-conditioned (errors grow up to 3.0e+12 times): only about 2 digits can be trusted.",
    )
    residual = _number("How far the answer misses, relative (for `solve`: |b - Ax| / (|A| |x| + |b|)).", 1e-17)
    solution = _list("The solution.", [0.8, 1.4])
    determinant = _number("The determinant.", 5)
    rank = _integer("The rank.", 2)
    real = _list("The real parts.", [1, 0])
    imaginary = _list("The imaginary parts.", [0, 0])
    singular_values = List(
        _number("One of them.", 3.6),
        data_key="singularValues",
        metadata={"description": "The singular values, the largest first.", "example": [3.6, 1.4]},
    )
    vectors_real = List(
        _list("A row.", [1, 0]),
        data_key="vectorsReal",
        metadata={"description": "The eigenvectors as columns, real parts.", "example": [[1, 0], [0, 1]]},
    )
    vectors_imaginary = List(
        _list("A row.", [0, 0]),
        data_key="vectorsImaginary",
        metadata={"description": "Their imaginary parts.", "example": [[0, 0], [0, 0]]},
    )
    left = _rows("The left singular vectors, as columns.", [[1, 0], [0, 1]])
    right = _rows("The right singular vectors, as rows.", [[1, 0], [0, 1]])
    value = AnyNumbers(metadata={"description": "The value; a list if a variable is one.", "example": 6})
    factors = fields.List(
        fields.Nested(Factor, metadata={"description": "One of them.", "example": {"prime": 2, "exponent": 3}}),
        metadata={"description": "The prime factors, the smallest first.", "example": [{"prime": 2, "exponent": 3}]},
    )
    fraction = _text("The fraction in lowest terms.", "11/15")
    numerator = _integer("Its numerator.", 11)
    denominator = _integer("Its denominator, positive.", 15)


_NUMBER = Number()
