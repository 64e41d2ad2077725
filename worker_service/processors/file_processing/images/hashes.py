"""Perceptual hashes of 64 bits, of a small grid of brightness. The first bit is the highest."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import cos, pi
from statistics import median

Grid = Sequence[Sequence[float]]

SIDE = 8  # of the square of bits
PHASH_SIDE = 32


@dataclass(frozen=True)
class Algorithm:
    """A hash, and the width and height of the grid that it takes."""

    size: tuple[int, int]
    bits: Callable[[Grid], int]


def phash(grid: Grid) -> int:
    """Which of the lowest 8 x 8 frequencies of the cosine transform (type II) lie above their median.

    N. Krawetz, "Looks Like It", hackerfactor.com, 2011; of the median, as ImageHash has it, not of the mean.
    """
    rows = [_frequencies(row) for row in grid]
    frequencies = [_frequencies(column) for column in zip(*rows, strict=True)]
    values = [frequencies[across][down] for down in range(SIDE) for across in range(SIDE)]
    middle = median(values)
    return _number([value > middle for value in values])


def dhash(grid: Grid) -> int:
    """Which of the 8 x 8 pixels are darker than their right neighbours.

    N. Krawetz, "Kind of Like That", hackerfactor.com, 2013.
    """
    return _number([right > left for row in grid for left, right in pairwise(row)])


ALGORITHMS: Mapping[str, Algorithm] = {
    "phash": Algorithm((PHASH_SIDE, PHASH_SIDE), phash),
    "dhash": Algorithm((SIDE + 1, SIDE), dhash),
}

_COSINES = [[cos(pi * (2 * n + 1) * k / (2 * PHASH_SIDE)) for n in range(PHASH_SIDE)] for k in range(SIDE)]


def _frequencies(values: Sequence[float]) -> list[float]:
    return [sum(value * wave for value, wave in zip(values, waves, strict=True)) for waves in _COSINES]


def _number(bits: Sequence[bool]) -> int:
    return int("".join("1" if bit else "0" for bit in bits), 2)
