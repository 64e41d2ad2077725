"""The contract of statistics: of one list of numbers, inline or in a file, of pairs of lists, and moving windows."""

from typing import Any

from marshmallow import Schema, ValidationError, validate, validates_schema

from shared.job_types.calculations.fields import (
    MAX_NUMBERS,
    SOURCE,
    Series,
    check_lengths,
    check_series,
    check_source,
    file_format,
    integer,
    named,
    number_list,
    one_of,
    percentile_list,
    source_column,
    source_file,
)
from shared.job_types.sources import data_uri, url
from shared.schemas.fields import List, Number

MAX_BINS = 1_000
MAX_LAGS = 100
CORRELATIONS = ("pearson", "spearman", "kendall")
WINDOWS = ("mean", "min", "max", "sum", "median", "std")


def _trim(**kwargs: Any) -> Number:  # noqa: ANN401 - any field's
    return Number(
        validate=validate.Range(0, 0.5, max_inclusive=False, error="Must be from 0 to less than 0.5."),
        metadata={"description": "The share of the numbers that is left out at each end.", "example": 0.1},
        **kwargs,
    )


class Describe(Schema):
    """Describe a list of numbers, or those of a file: moments, order, spread."""

    class Meta:
        """What `_has_numbers` checks, for JSON Schema."""

        json_schema = SOURCE

    operation = named("describe")
    numbers = number_list("The numbers.", [2, 4, 4, 5, 10])
    file_id = source_file()
    data_uri, url = data_uri(), url()
    format = file_format()
    column = source_column()
    percentiles = percentile_list()

    @validates_schema
    def _has_numbers(self, payload: dict[str, Any], **_: Any) -> None:  # noqa: ANN401 - marshmallow's
        check_source(payload)


class Histogram(Schema):
    """Count numbers, inline or in a file, by bins of equal width or between edges."""

    class Meta:
        """What `_has_numbers` checks, for JSON Schema."""

        json_schema = SOURCE

    operation = named("histogram")
    numbers = number_list("The numbers.", [1, 2, 2, 3, 9])
    file_id = source_file()
    data_uri, url = data_uri(), url()
    format = file_format()
    column = source_column()
    bins = integer("How many bins of equal width; `edges` go before it.", 4, 1, MAX_BINS, load_default=10)
    edges = number_list("The edges of the bins, increasing.", [0, 2.5, 10], least=2, most=MAX_BINS + 1)

    @validates_schema
    def _has_numbers(self, payload: dict[str, Any], **_: Any) -> None:  # noqa: ANN401 - marshmallow's
        check_source(payload)
        edges = payload.get("edges", ())
        for index in range(1, len(edges)):
            if edges[index] <= edges[index - 1]:
                raise ValidationError({"edges": {index: ["Must be larger than the edge before it."]}})


class WeightedMean(Schema):
    """The mean of numbers, each counted by its weight."""

    operation = named("weighted-mean")
    numbers = number_list("The numbers.", [1, 2, 3], required=True)
    weights = List(
        Number(
            validate=validate.Range(0, error="Must not be negative."),
            metadata={"description": "How much the number counts.", "example": 1},
        ),
        min_length=1,
        max_length=MAX_NUMBERS,
        required=True,
        metadata={"description": "One for each number, not all 0.", "example": [1, 1, 2]},
    )

    @validates_schema
    def _one_each(self, payload: dict[str, Any], **_: Any) -> None:  # noqa: ANN401 - marshmallow's
        check_lengths(payload, "numbers", "weights")
        if not any(payload["weights"]):
            raise ValidationError("At least one weight must not be 0.", "weights")


class TrimmedMean(Schema):
    """The mean without the smallest and the largest numbers."""

    operation = named("trimmed-mean")
    numbers = number_list("The numbers.", [1, 2, 3, 4, 90], required=True)
    trim = _trim(load_default=0.1)


class Autocorrelation(Schema):
    """How a series is correlated with itself, so many places later."""

    operation = named("autocorrelation")
    numbers = number_list("The series, in order.", [1, 2, 3, 4, 5, 4, 3, 2], least=2, required=True)
    lags = List(
        integer("A lag, in places; shorter than the series.", 1, 0, MAX_NUMBERS),
        min_length=1,
        max_length=MAX_LAGS,
        load_default=(1,),
        metadata={"description": "The lags.", "example": [1, 2]},
    )

    @validates_schema
    def _lags_fit(self, payload: dict[str, Any], **_: Any) -> None:  # noqa: ANN401 - marshmallow's
        for index, lag in enumerate(payload["lags"]):
            if lag >= len(payload["numbers"]):
                raise ValidationError({"lags": {index: ["Must be shorter than the series."]}})


def _series() -> Series:
    return Series("The series, all of one length, at least 2.", [[1, 2, 3, 4], [2, 4, 5, 9]], required=True)


class Correlation(Schema):
    """Correlate series, each with each."""

    operation = named("correlation")
    series = _series()
    method = one_of(CORRELATIONS, "Of values (Pearson), of ranks (Spearman), or of orders (Kendall's tau-b).")

    @validates_schema
    def _one_length(self, payload: dict[str, Any], **_: Any) -> None:  # noqa: ANN401 - marshmallow's
        check_pairs(payload)


class Covariance(Schema):
    """The sample covariances of series, each with each."""

    operation = named("covariance")
    series = _series()

    @validates_schema
    def _one_length(self, payload: dict[str, Any], **_: Any) -> None:  # noqa: ANN401 - marshmallow's
        check_pairs(payload)


class Window(Schema):
    """A statistic of every stretch of so many neighbours in a series."""

    operation = named("window")
    numbers = number_list("The series, in order.", [3, 1, 4, 1, 5, 9], required=True)
    size = integer("How many neighbours; at most as many as there are numbers.", 3, 1, MAX_NUMBERS, required=True)
    statistic = one_of(WINDOWS, "What is computed; `std` needs a size of at least 2.")

    @validates_schema
    def _fits(self, payload: dict[str, Any], **_: Any) -> None:  # noqa: ANN401 - marshmallow's
        if payload["size"] > len(payload["numbers"]):
            raise ValidationError("Must be at most the number of numbers.", "size")
        if payload["statistic"] == "std" and payload["size"] == 1:
            raise ValidationError("Must be at least 2 for std.", "size")


def check_pairs(payload: dict[str, Any]) -> None:
    """At least two observations, as many in each series. Raises `ValidationError`."""
    length = len(payload["series"][0])
    if length < 2:  # noqa: PLR2004 - as it says
        raise ValidationError({"series": {0: ["Must have at least 2 elements."]}})
    check_series(payload, "series", length, "the first series")
