"""The arithmetic of fitting a picture into a width and a height. Sizes are (width, height) in pixels."""

from fractions import Fraction

Size = tuple[int, int]


def scaled_size(size: Size, width: int | None, height: int | None, fit: str) -> Size:
    """The size to scale to, as the fit wants it, before anything is cut off or added.

    `inside` and `contain` touch the box from within, `outside` and `cover` from without; `fill` is the box itself.
    With one side alone the other follows in proportion. No side becomes 0.
    """
    if width is None or height is None:
        return _times(size, Fraction(width, size[0]) if width is not None else Fraction(height or size[1], size[1]))
    if fit == "fill":
        return width, height
    factors = Fraction(width, size[0]), Fraction(height, size[1])
    return _times(size, max(factors) if fit in {"outside", "cover"} else min(factors))


def _times(size: Size, factor: Fraction) -> Size:
    return max(1, round(size[0] * factor)), max(1, round(size[1] * factor))
