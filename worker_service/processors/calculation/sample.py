"""The numbers of one job, in the form in which every operation on them is exact."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import MAX_EMAX, MAX_PREC, MIN_EMIN, Context, Decimal, Inexact, InvalidOperation

from worker_service.processors.calculation.exact import root, rounded

_EXACT = Context(prec=MAX_PREC, Emin=MIN_EMIN, Emax=MAX_EMAX, traps=[Inexact, InvalidOperation])


@dataclass(frozen=True)
class Sample:
    """The numbers as integers over one power of ten, number i being `units[i] / scale`, and what else is asked.

    `parts` has the same numbers as (coefficient, exponent of ten). In these forms sums and products of decimals are
    integer arithmetic, without the common divisors that `Fraction` looks for at every step.
    """

    units: Sequence[int]
    scale: int
    parts: Sequence[tuple[int, int]]
    all_integers: bool  # whether every number was written as an integer
    percentiles: Sequence[int | Decimal] = ()

    @classmethod
    def of(cls, numbers: Sequence[int | Decimal], percentiles: Sequence[int | Decimal] = ()) -> "Sample":
        """The sample of these finite numbers, at least one."""
        parts = [_parts(number) for number in numbers]
        places = max(0, *(-exponent for _, exponent in parts))
        return cls(
            units=[coefficient * 10 ** (exponent + places) for coefficient, exponent in parts],
            scale=10**places,
            parts=parts,
            all_integers=all(isinstance(number, int) for number in numbers),
            percentiles=percentiles,
        )

    def figure(self, units: int, divisor: int = 1) -> int | float:
        """That many units, divided; as `rounded` writes it."""
        return rounded(units, divisor * self.scale, all_integers=self.all_integers)

    def figure_of_squares(self, units: int, divisor: int) -> int | float:
        """That many squared units, divided."""
        return rounded(units, divisor * self.scale**2, all_integers=self.all_integers)

    def root_of_squares(self, units: int, divisor: int) -> int | float:
        """The square root of that many squared units, divided."""
        return root(units, divisor * self.scale**2, all_integers=self.all_integers)


def _parts(number: int | Decimal) -> tuple[int, int]:
    if isinstance(number, int):
        return number, 0
    exponent = number.as_tuple().exponent
    if not isinstance(exponent, int):
        raise TypeError(f"{number} is not finite.")
    return int(number.scaleb(-exponent, _EXACT)), exponent
