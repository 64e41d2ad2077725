"""The colours of a picture, by variance-based quantization.

S. J. Wan, P. Prusinkiewicz, S. K. M. Wong, "Variance-Based Color Image Quantization for Frame Buffer Display", Color
Research & Application 15(1), 1990: of the boxes of colours, the one whose pixels differ most is cut across the channel
in which they do, where least difference is left, until there are as many boxes as wanted; each stands for its mean.
"""

from collections import Counter
from collections.abc import Iterable

OPAQUE = 128  # the least alpha of what is seen

Color = tuple[int, ...]
Box = list[tuple[Color, int]]  # colours, and how many pixels have them


def quantized(pixels: Iterable[Color], count: int) -> list[tuple[Color, float]]:
    """Up to `count` colours and their shares of the pixels, the greatest first. None for no pixels."""
    counted = Counter(pixels)
    boxes: list[Box] = [sorted(counted.items())] if counted else []
    while 0 < len(boxes) < count:
        widest = max(boxes, key=lambda box: _spread(box)[0])
        if len(widest) == 1:
            break
        boxes.remove(widest)
        boxes += _halves(widest, _spread(widest)[1])
    shares = [(_mean(box), _pixels(box) / counted.total()) for box in boxes]
    return sorted(shares, key=lambda each: (-each[1], each[0]))


def _pixels(box: Box) -> int:
    return sum(number for _, number in box)


def _spread(box: Box) -> tuple[float, int]:
    """The largest sum of squared deviations from the mean, and in which channel."""
    return max((_deviation(box, channel), channel) for channel in range(len(box[0][0])))


def _deviation(box: Box, channel: int) -> float:
    total = sum(color[channel] * number for color, number in box)
    return sum(color[channel] ** 2 * number for color, number in box) - total**2 / _pixels(box)


def _halves(box: Box, channel: int) -> tuple[Box, Box]:
    """Cut where the two means explain most: the sum of squares between them is greatest."""
    ordered = sorted(box, key=lambda each: each[0][channel])
    count, total = _pixels(ordered), sum(color[channel] * number for color, number in ordered)
    best, best_at, below, below_total = -1.0, 1, 0, 0
    for at, (color, number) in enumerate(ordered[:-1], start=1):
        below, below_total = below + number, below_total + color[channel] * number
        explained = below_total**2 / below + (total - below_total) ** 2 / (count - below)
        if explained > best:
            best, best_at = explained, at
    return ordered[:best_at], ordered[best_at:]


def _mean(box: Box) -> Color:
    total = _pixels(box)
    return tuple(
        round(sum(color[channel] * number for color, number in box) / total) for channel in range(len(box[0][0]))
    )
