"""Order statistics of more numbers than memory should hold: exact, in a few passes.

A double's bits, turned so that they sort as the numbers do, are counted by their first 16; then those that share the
beginning of a wanted one by the next 12, and so on, until the numbers that are left in question fit into memory. Munro
and Paterson, "Selection and sorting with limited storage", Theoretical Computer Science 12(3), 1980, by digits.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

Doubles = NDArray[np.float64]
Keys = NDArray[np.uint64]

KEEP = 1 << 20  # numbers that may be held
FIRST, NEXT, ALL = 16, 12, 64  # bits

_SIGN = np.uint64(1 << 63)


def keys_of(numbers: Doubles) -> Keys:
    """Unsigned integers in the order of the numbers (none of which is -0.0)."""
    bits = numbers.view(np.uint64)
    return np.where(bits & _SIGN, ~bits, bits | _SIGN)


def select(passes: Callable[[], Iterable[Doubles]], ranks: Sequence[int]) -> tuple[dict[int, float], int]:
    """The number of each rank, from 0, in the order of all, and in how many passes it was found."""
    known, count = 0, 0
    below = {0: 0}  # of each beginning in question: how many numbers come before it
    while True:
        width = FIRST if not known else min(NEXT, ALL - known)
        counts, count = _counted(_keys(passes), sorted(below), known, width), count + 1
        below = _narrowed(counts, below, ranks, width)
        known += width
        held = sum(counts[start] for start in below)
        if held <= KEEP or known == ALL:
            break
    return _gathered(passes, below, ranks, known, counts), count + 1


def _keys(passes: Callable[[], Iterable[Doubles]]) -> Iterator[Keys]:
    return (keys_of(chunk) for chunk in passes())


def _counted(chunks: Iterable[Keys], starts: list[int], known: int, width: int) -> dict[int, int]:
    """How many keys have each beginning of known + width bits, of those with the beginnings of known bits."""
    wanted = np.array(starts, dtype=np.uint64)
    counts = np.zeros(len(starts) << width, dtype=np.int64)
    for keys in chunks:
        places, inside = _places(keys, wanted, known)
        digits = (keys[inside] >> np.uint64(ALL - known - width)) & np.uint64((1 << width) - 1)
        found = (places[inside].astype(np.uint64) << np.uint64(width)) | digits
        counts += np.bincount(found.astype(np.int64), minlength=len(counts))
    return {
        (starts[int(place) >> width] << width) | (int(place) & ((1 << width) - 1)): int(counts[place])
        for place in np.flatnonzero(counts)
    }


def _places(keys: Keys, wanted: Keys, known: int) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
    """Where in `wanted` each key's beginning stands, and whether it does."""
    if not known:
        return np.zeros(len(keys), dtype=np.intp), np.ones(len(keys), dtype=np.bool_)
    beginnings = keys >> np.uint64(ALL - known)
    places = np.minimum(np.searchsorted(wanted, beginnings), len(wanted) - 1)
    return places, wanted[places] == beginnings


def _narrowed(counts: dict[int, int], below: dict[int, int], ranks: Sequence[int], width: int) -> dict[int, int]:
    """The longer beginnings that hold the wanted ranks, with how many numbers come before each."""
    narrowed = {}
    before, parent = 0, -1
    for start in sorted(counts):
        if start >> width != parent:
            parent = start >> width
            before = below[parent]
        if any(before <= rank < before + counts[start] for rank in ranks):
            narrowed[start] = before
        before += counts[start]
    return narrowed


def _gathered(
    passes: Callable[[], Iterable[Doubles]],
    below: dict[int, int],
    ranks: Sequence[int],
    known: int,
    counts: dict[int, int],
) -> dict[int, float]:
    """The last pass: what is still in question is sorted. Where all bits are known, one number stands for all alike."""
    wanted = np.array(sorted(below), dtype=np.uint64)
    held: dict[int, list[Doubles]] = {start: [] for start in below}
    for chunk in passes():
        places, inside = _places(keys_of(chunk), wanted, known)
        for place in np.unique(places[inside]):
            found = chunk[inside & (places == place)]
            alike = known == ALL and held[int(wanted[place])]
            if not alike:
                held[int(wanted[place])].append(found[:1] if known == ALL else found)
    answer = {}
    for start, before in below.items():
        ordered = np.sort(np.concatenate(held[start]))
        for rank in ranks:
            if before <= rank < before + counts[start]:
                answer[rank] = float(ordered[0 if known == ALL else rank - before])
    return answer
