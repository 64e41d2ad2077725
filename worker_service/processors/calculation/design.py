"""What a regression fits: columns of a design matrix and the observations, as integers over powers of ten."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from worker_service.processors.calculation.sample import Sample

Number = int | Decimal


@dataclass(frozen=True)
class Column:
    """A column: number i is `units[i] / scale`."""

    units: Sequence[int]
    scale: int

    @classmethod
    def of(cls, numbers: Sequence[Number]) -> "Column":
        """The column of these numbers."""
        sample = Sample.of(numbers)
        return cls(sample.units, sample.scale)

    def power(self, exponent: int) -> "Column":
        """The column of their powers."""
        return Column([unit**exponent for unit in self.units], self.scale**exponent)

    @cached_property
    def bits(self) -> int:
        """Of its longest entry."""
        return max(unit.bit_length() for unit in self.units)


@dataclass(frozen=True)
class Design:
    """Columns, observations, and whether the first column is the constant 1."""

    columns: Sequence[Column]
    y: Column
    intercept: bool

    @property
    def freedom(self) -> int:
        """Degrees of freedom: observations less coefficients."""
        return len(self.y.units) - len(self.columns)

    @property
    def bits(self) -> int:
        """Of the longest entry."""
        return max(column.bits for column in (*self.columns, self.y))


def linear(y: Sequence[Number], x: Sequence[Sequence[Number]], *, intercept: bool) -> Design:
    """A constant, if there is one, and the variables."""
    return Design([*_constant(len(y), intercept=intercept), *map(Column.of, x)], Column.of(y), intercept)


def polynomial(y: Sequence[Number], x: Sequence[Number], degree: int, *, intercept: bool) -> Design:
    """A constant, if there is one, and the powers of the variable, exactly."""
    base = Column.of(x)
    powers = [base.power(exponent) for exponent in range(1, degree + 1)]
    return Design([*_constant(len(y), intercept=intercept), *powers], Column.of(y), intercept)


def _constant(count: int, *, intercept: bool) -> list[Column]:
    return [Column([1] * count, 1)] if intercept else []
