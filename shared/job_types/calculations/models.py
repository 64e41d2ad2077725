"""The contract of models of data: regression, interpolation and Fourier transforms."""

from typing import Any

from marshmallow import Schema, ValidationError, validates_schema

from shared.job_types.calculations.fields import (
    Series,
    check_lengths,
    check_series,
    flag,
    integer,
    named,
    number_list,
    one_of,
)

MAX_DEGREE = 15
INTERPOLATIONS = ("linear", "cubic", "pchip")


class Regression(Schema):
    """Fit a linear function of one or several variables by least squares."""

    operation = named("regression")
    y = number_list("What is observed.", [1, 3, 5, 8], least=2, required=True)
    x = Series("The variables, each as long as y.", [[0, 1, 2, 3]], least=1, required=True)
    intercept = flag("Whether there is a constant term; it comes first in the coefficients.", default=True)
    residuals = flag("Whether the residuals are answered.", default=False)

    @validates_schema
    def _fits(self, payload: dict[str, Any], **_: Any) -> None:  # noqa: ANN401 - marshmallow's
        check_series(payload, "x", len(payload["y"]), "y")
        _enough(payload["y"], len(payload["x"]) + payload["intercept"])


class PolynomialRegression(Schema):
    """Fit a polynomial of one variable by least squares."""

    operation = named("polynomial-regression")
    y = number_list("What is observed.", [1, 2, 5, 10, 18], least=2, required=True)
    x = number_list("The variable, as long as y.", [0, 1, 2, 3, 4], least=2, required=True)
    degree = integer("The degree of the polynomial.", 2, 1, MAX_DEGREE, required=True)
    intercept = flag("Whether there is a constant term; it comes first in the coefficients.", default=True)
    residuals = flag("Whether the residuals are answered.", default=False)

    @validates_schema
    def _fits(self, payload: dict[str, Any], **_: Any) -> None:  # noqa: ANN401 - marshmallow's
        check_lengths(payload, "y", "x")
        _enough(payload["y"], payload["degree"] + payload["intercept"])


class Interpolation(Schema):
    """Values between given points: on straight lines, a cubic spline, or monotone cubics (PCHIP)."""

    operation = named("interpolation")
    x = number_list("Where the points are, increasing.", [0, 1, 2, 3], least=2, required=True)
    y = number_list("Their values.", [0, 1, 4, 9], least=2, required=True)
    at = number_list("Where values are wanted, between the first and the last point.", [0.5, 2.5], required=True)
    method = one_of(INTERPOLATIONS, "How; `cubic` is a spline that is natural at neither end (not-a-knot).")

    @validates_schema
    def _fits(self, payload: dict[str, Any], **_: Any) -> None:  # noqa: ANN401 - marshmallow's
        x = payload["x"]
        check_lengths(payload, "x", "y")
        for index in range(1, len(x)):
            if x[index] <= x[index - 1]:
                raise ValidationError({"x": {index: ["Must be larger than the one before it."]}})
        for index, place in enumerate(payload["at"]):
            if not x[0] <= place <= x[-1]:
                raise ValidationError({"at": {index: ["Must lie between the first and the last x."]}})


class Fft(Schema):
    """The discrete Fourier transform of a series, or its inverse."""

    operation = named("fft", "inverse-fft")
    real = number_list("The series, or its real parts.", [1, 0, -1, 0], required=True)
    imaginary = number_list("Its imaginary parts; 0 if left out.", [0, 0, 0, 0])

    @validates_schema
    def _fits(self, payload: dict[str, Any], **_: Any) -> None:  # noqa: ANN401 - marshmallow's
        if "imaginary" in payload:
            check_lengths(payload, "real", "imaginary")


def _enough(y: list[Any], parameters: int) -> None:
    if len(y) < max(1, parameters):
        raise ValidationError(f"Must have at least {parameters} elements for {parameters} coefficients.", "y")
