"""A text or a picture laid over a picture."""

from html import escape
from typing import Any

import pyvips
from pyvips import Image

from worker_service import sources
from worker_service.processors import Reject
from worker_service.processors.file_processing.images.canvas import Canvas
from worker_service.processors.file_processing.images.fit import Size, scaled_size
from worker_service.processors.file_processing.images.ink import rgba
from worker_service.processors.file_processing.images.picture import WHITE, Picture
from worker_service.processors.file_processing.images.source import Source
from worker_service.processors.file_processing.work import File, Parameters

FONT = "sans bold 100"  # scaled to the width that is asked for
DPI = 72


def watermark(canvas: Canvas, asked: Parameters) -> Picture:
    """The same mark on every frame. Raises `Reject` for a mark that cannot be read or written."""
    picture = canvas.current
    width = max(1, round(picture.size[0] * float(asked["width"])))
    mark = _faded(_mark(canvas, asked, (width, picture.size[1])), float(asked["opacity"]))
    left, top = placed(picture.size, (mark.width, mark.height), asked["position"], asked["margin"])
    return picture.each(lambda frame: _laid_over(frame, mark, left, top))


def placed(size: Size, mark: Size, position: str, margin: int) -> Size:
    """Where the mark's upper left corner stands; the margin gives way where there is no room for it."""
    room = size[0] - mark[0], size[1] - mark[1]
    across = 0 if "west" in position else 2 if "east" in position else 1
    down = 0 if "north" in position else 2 if "south" in position else 1
    return _along(room[0], across, margin), _along(room[1], down, margin)


def _along(room: int, place: int, margin: int) -> int:
    margin = min(margin, room // 2)
    return (margin, room // 2, room - margin)[place]


def _mark(canvas: Canvas, asked: Parameters, box: Size) -> Image:
    """As sRGB with alpha, 8 bits a channel, within the box: no higher than the picture."""
    drawn = _written(asked["text"], asked.get("color", "#ffffff")) if "text" in asked else _read(canvas, asked)
    width, height = scaled_size((drawn.width, drawn.height), *box, "inside")
    return drawn.thumbnail_image(width, height=height, size="force", no_rotate=True).cast("uchar").copy_memory()


def _written(words: str, color: str) -> Image:
    """A text is no markup: Pango's signs are escaped, and signs that cannot be seen left out."""
    seen = "".join(sign for sign in words if sign.isprintable() or sign == "\n").strip()
    try:
        shape = Image.text(escape(seen, quote=False), font=FONT, dpi=DPI, align="centre")
    except pyvips.Error as error:
        raise Reject("The text cannot be written: it has nothing that the fonts of this worker can show.") from error
    *channels, alpha = rgba(color)
    ink = shape.new_from_image(channels).cast("uchar").copy(interpretation="srgb")
    return ink.bandjoin(shape.linear(alpha / 255, 0).cast("uchar"))


def _read(canvas: Canvas, asked: Parameters) -> Image:
    with sources.opened(canvas.job, asked) as (stored, content):
        frame = Source(File(stored, content)).decode().frames[0]
        mark = frame.colourspace("srgb").cast("uchar")
        return (mark if mark.hasalpha() else mark.addalpha()).copy_memory()


def _faded(mark: Image, opacity: float) -> Image:
    alpha = mark.extract_band(mark.bands - 1).linear(opacity, 0).cast("uchar")
    return mark.extract_band(0, n=mark.bands - 1).bandjoin(alpha)


def _laid_over(frame: Image, mark: Image, left: int, top: int) -> Image:
    """Only the part beneath the mark is computed anew."""
    beneath = frame.crop(left, top, mark.width, mark.height)
    laid = _over(beneath, _like(mark, frame))
    return frame.insert(laid, left, top)


def _like(mark: Image, frame: Image) -> Image:
    """The mark in the frame's kind of channels, and alpha."""
    colors = mark.extract_band(0, n=mark.bands - 1).colourspace(frame.interpretation)
    alpha = mark.extract_band(mark.bands - 1).linear(WHITE[frame.format] / 255, 0)
    return colors.bandjoin(alpha)


def _over(beneath: Image, mark: Image) -> Image:
    """Porter and Duff's "over" (1984), on colours that are not multiplied by their alpha."""
    full = WHITE[beneath.format]
    has_alpha = beneath.hasalpha()
    mark_alpha = mark.extract_band(mark.bands - 1) / full
    ground_alpha = beneath.extract_band(beneath.bands - 1) / full if has_alpha else _ones(beneath)
    colors = beneath.extract_band(0, n=beneath.bands - 1) if has_alpha else beneath
    left_over = ground_alpha * (1 - mark_alpha)
    whole = mark_alpha + left_over
    sums = mark.extract_band(0, n=mark.bands - 1) * mark_alpha + colors * left_over
    mixed = sums / (whole > 0).ifthenelse(whole, 1)
    laid = mixed.bandjoin(whole * full) if has_alpha else mixed
    return laid.rint().cast(beneath.format).copy(interpretation=beneath.interpretation)


def _ones(frame: Image) -> Any:  # noqa: ANN401 - pyvips is not typed
    return Image.black(frame.width, frame.height) + 1
