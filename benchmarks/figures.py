"""What is measured, and the few statistics we need of it."""

import math
from collections.abc import Iterable, Mapping, Sequence
from statistics import median
from typing import Literal

from msgspec import Struct

OURS = "dmps"
Better = Literal["more", "less", "neither"]


class Measure(Struct, frozen=True):
    """A quantity: what it is called, its unit, and whether more or less of it is better, if it is to be compared."""

    name: str
    unit: str
    better: Better


class Sample(Struct, frozen=True):
    """One value of a measure, of one peer, in one round. `case` tells apart the rows of one measure."""

    measure: Measure
    peer: str
    value: float
    case: str = ""


class Figure(Struct, frozen=True):
    """All rounds of one measure of one peer."""

    part: str
    measure: Measure
    case: str
    peer: str
    values: tuple[float, ...]

    @property
    def row(self) -> tuple[str, str]:
        """What its row in a table is found by."""
        return self.measure.name, self.case

    @property
    def median(self) -> float:
        """The middle of its rounds."""
        return median(self.values)


class Results(Struct, frozen=True):
    """One run: where and of what it was made, the figures, and which peers were not run, and why."""

    commit: str  # with `+` where the working tree had other changes
    date: str  # RFC 3339, UTC
    seconds: float
    rounds: int
    machine: Mapping[str, str]
    versions: Mapping[str, str]
    not_run: Mapping[str, str]
    figures: tuple[Figure, ...]

    def of_part(self, part: str) -> tuple[Figure, ...]:
        """The figures of one part, in the order in which they came."""
        return tuple(figure for figure in self.figures if figure.part == part)

    def find(self, part: str, row: tuple[str, str], peer: str) -> Figure | None:
        """One figure, if it was measured."""
        found = (figure for figure in self.of_part(part) if figure.row == row and figure.peer == peer)
        return next(found, None)


def gather(part: str, samples: Iterable[Sample]) -> tuple[Figure, ...]:
    """The samples of a part, those of one measure, case and peer together, in the order of their first ones."""
    values: dict[tuple[Measure, str, str], list[float]] = {}
    for sample in samples:
        values.setdefault((sample.measure, sample.case, sample.peer), []).append(sample.value)
    return tuple(Figure(part, *key, values=tuple(found)) for key, found in values.items())


def times_better(ours: Figure, peer: Figure) -> float:
    """How many times better our median is: 2 is twice the rate, or half the time."""
    above, below = (ours, peer) if ours.measure.better == "more" else (peer, ours)
    return above.median / below.median if below.median else math.inf


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least that share of the values do not exceed (the nearest-rank method)."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]
