"""How series go together: correlation, covariance, and of one series with itself. Exact, rounded once."""

from collections.abc import Callable, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any

from worker_service.processors import JobContext, Reject
from worker_service.processors.calculation.exact import root, rounded
from worker_service.processors.calculation.sample import Sample
from worker_service.processors.calculation.table import Operation

Ints = Sequence[int]


def autocorrelation(_: JobContext, payload: dict[str, Any]) -> dict[str, Any]:
    """r(k) = sum((x(i) - m) (x(i + k) - m)) / sum((x(i) - m)**2), over the mean m of all.

    Box and Jenkins, "Time Series Analysis", 1976; NIST/SEMATECH e-Handbook of Statistical Methods, section 1.3.3.1.
    """
    deviations = centred(Sample.of(payload["numbers"]).units)
    square = product(deviations, deviations)
    if not square:
        raise Reject("/numbers: all are equal, so they have no autocorrelation.")
    found = [rounded(product(deviations, deviations[lag:]), square, all_integers=False) for lag in payload["lags"]]
    return {"coefficients": found}


def covariance(_: JobContext, payload: dict[str, Any]) -> dict[str, Any]:
    """sum((x - mx) (y - my)) / (n - 1), for each pair."""
    samples = [Sample.of(series) for series in payload["series"]]
    count = len(samples[0].units)
    deviations = [centred(sample.units) for sample in samples]

    def of_pair(a: int, b: int) -> int | float:
        scale = count * count * (count - 1) * samples[a].scale * samples[b].scale
        return rounded(product(deviations[a], deviations[b]), scale, all_integers=False)

    return {"matrix": _symmetric(len(samples), of_pair)}


def correlation(job: JobContext, payload: dict[str, Any]) -> dict[str, Any]:
    """The coefficient of each pair. Raises `Reject` for a series whose numbers are all equal."""
    series = [Sample.of(one).units for one in payload["series"]]
    for index, units in enumerate(series):
        if min(units) == max(units):
            raise Reject(f"/series/{index}: all its numbers are equal, so it has no correlation.")
    method = payload["method"]
    if method == "kendall":
        return {"matrix": _symmetric(len(series), lambda a, b: kendall(series[a], series[b])), "method": method}
    deviations = [centred(ranks(units) if method == "spearman" else units) for units in series]
    return {"matrix": _symmetric(len(series), lambda a, b: pearson(deviations[a], deviations[b])), "method": method}


def pearson(a: Ints, b: Ints) -> int | float:
    """sum(a b) / sqrt(sum(a**2) sum(b**2)) of deviations: Pearson 1895. Of ranks it is Spearman's rho (1904)."""
    return _signed_root(product(a, b), product(a, a) * product(b, b))


def kendall(x: Ints, y: Ints) -> int | float:
    """tau-b = (C - D) / sqrt((n0 - n1) (n0 - n2)), where n1 and n2 are the pairs tied in x and in y.

    Kendall, "The treatment of ties in ranking problems", Biometrika 33(3), 1945; counted by sorting, as in Knight, "A
    computer method for calculating Kendall's tau with ungrouped data", JASA 61(314), 1966.
    """
    pairs = sorted(zip(x, y, strict=True))
    all_pairs = _choose(len(pairs))
    in_x = sum(_choose(len(list(tied))) for _, tied in groupby(pairs, key=itemgetter(0)))
    in_both = sum(_choose(len(list(tied))) for _, tied in groupby(pairs))
    in_y = sum(_choose(len(list(tied))) for _, tied in groupby(sorted(y)))
    _, discordant = _sorted_with_swaps([b for _, b in pairs])
    difference = all_pairs - in_x - in_y + in_both - 2 * discordant
    return _signed_root(difference, (all_pairs - in_x) * (all_pairs - in_y))


def ranks(units: Ints) -> list[int]:
    """Twice the rank of each, from 1; tied numbers share the mean of their ranks, which twice is an integer."""
    order = sorted(range(len(units)), key=units.__getitem__)
    found, start = [0] * len(units), 0
    for _, group in groupby(order, key=units.__getitem__):
        tied = list(group)
        for index in tied:
            found[index] = 2 * start + len(tied) + 1
        start += len(tied)
    return found


def centred(units: Ints) -> list[int]:
    """n x - sum(x): n times the deviations from the mean, which are integers."""
    total = sum(units)
    return [len(units) * unit - total for unit in units]


def product(a: Ints, b: Ints) -> int:
    """The sum of the products, over the shorter of the two."""
    return sum(one * other for one, other in zip(a, b, strict=False))


def _symmetric(size: int, of_pair: Callable[[int, int], int | float]) -> list[list[int | float]]:
    matrix: list[list[int | float]] = [[0] * size for _ in range(size)]
    for a in range(size):
        for b in range(a + 1):
            matrix[a][b] = matrix[b][a] = of_pair(a, b)
    return matrix


def _signed_root(numerator: int, square: int) -> int | float:
    value = root(numerator**2, square, all_integers=False)
    return -value if numerator < 0 else value


def _choose(count: int) -> int:
    return count * (count - 1) // 2


def _sorted_with_swaps(values: list[int]) -> tuple[list[int], int]:
    """The values in order, and how many exchanges of neighbours that takes: the pairs that stand the wrong way."""
    if len(values) <= 1:
        return values, 0
    half = len(values) // 2
    left, in_left = _sorted_with_swaps(values[:half])
    right, in_right = _sorted_with_swaps(values[half:])
    merged, swaps, place = [], in_left + in_right, 0
    for value in right:
        while place < len(left) and left[place] <= value:
            merged.append(left[place])
            place += 1
        swaps += len(left) - place
        merged.append(value)
    return merged + left[place:], swaps


OPERATIONS: dict[str, Operation] = {
    "autocorrelation": autocorrelation,
    "correlation": correlation,
    "covariance": covariance,
}
