"""The arithmetic of fitting a picture into a width and a height. Sizes are (width, height) in pixels."""

from fractions import Fraction

Size = tuple[int, int]


def scaled_size(size: Size, width: int | None, height: int | None, fit: str, *, enlarge: bool = True) -> Size:
    """The size to scale to, as the fit wants it, before anything is cut off or added.

    `inside` and `contain` touch the box from within, `outside` and `cover` from without; `fill` is the box itself.
    With one side alone the other follows in proportion. No side becomes 0, or grows unless it may.
    """
    if fit == "fill" and width is not None and height is not None:
        return (width, height) if enlarge else (min(width, size[0]), min(height, size[1]))
    factor = _factor(size, width, height, fit)
    return _times(size, factor if enlarge else min(factor, Fraction(1)))


def _factor(size: Size, width: int | None, height: int | None, fit: str) -> Fraction:
    asked = zip((width, height), size, strict=True)
    factors = [Fraction(wanted, side) for wanted, side in asked if wanted is not None]
    return max(factors) if fit in {"outside", "cover"} else min(factors)


def _times(size: Size, factor: Fraction) -> Size:
    return max(1, round(size[0] * factor)), max(1, round(size[1] * factor))
