"""Colours as libvips wants them for a frame."""

from pyvips import Image

from worker_service.processors.file_processing.images.picture import WHITE

LUMA = (0.2126, 0.7152, 0.0722)  # of red, green and blue: ITU-R BT.709, section 3


def rgba(color: str) -> tuple[int, int, int, int]:
    """`#rrggbb` or `#rrggbbaa` as four numbers from 0 to 255."""
    digits = color.removeprefix("#").ljust(8, "f")
    red, green, blue, alpha = (int(digits[at : at + 2], 16) for at in (0, 2, 4, 6))
    return red, green, blue, alpha


def ink(color: str, frame: Image) -> list[float]:
    """The colour in the frame's own channels; in grey where it has no colour, and opaque where it has no alpha."""
    *channels, alpha = rgba(color)
    colors = frame.bands - bool(frame.hasalpha())
    if colors == 1:
        channels = [round(sum(part * weight for part, weight in zip(channels, LUMA, strict=True)))]
    full = [*channels, alpha] if frame.hasalpha() else channels
    return [part * WHITE[frame.format] / 255 for part in full]
