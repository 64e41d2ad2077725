"""Operations that change a picture's size, part or place."""

from pyvips import Image

from worker_service.processors import Reject
from worker_service.processors.file_processing.images.canvas import Canvas
from worker_service.processors.file_processing.images.fit import Size, scaled_size
from worker_service.processors.file_processing.images.ink import ink
from worker_service.processors.file_processing.images.picture import Picture, refuse_oversize, text, white
from worker_service.processors.file_processing.work import Parameters


def resize(canvas: Canvas, asked: Parameters) -> Picture:
    """Scale, then cut off or add what the fit wants."""
    width, height = asked.get("width"), asked.get("height")
    size = scaled_size(canvas.size, width, height, asked["fit"], enlarge=asked["enlarge"])
    if width is None or height is None or asked["fit"] not in {"cover", "contain"}:
        return _scaled(canvas, size, is_last=canvas.is_last)
    if asked["fit"] == "cover":
        return _cut(_scaled(canvas, size), (width, height), "centre")
    return _padded(_scaled(canvas, size), (width, height), asked.get("background"))


def thumbnail(canvas: Canvas, asked: Parameters) -> Picture:
    """Cover the size; frames must all be cut at one place, or the animation would shake."""
    width, height = asked["width"], asked.get("height", asked["width"])
    size = scaled_size(canvas.size, width, height, "cover", enlarge=asked["enlarge"])
    return _cut(_scaled(canvas, size), (width, height), asked["crop"] if canvas.frames == 1 else "centre")


def crop(canvas: Canvas, asked: Parameters) -> Picture:
    """Cut out a part. Raises `Reject` if some of it lies outside."""
    left, top, width, height = (asked[name] for name in ("left", "top", "width", "height"))
    if left + width > canvas.size[0] or top + height > canvas.size[1]:
        raise Reject(
            f"The part of {text((width, height))} pixels at {left},{top} does not lie within the picture,"
            f" which has {text(canvas.size)}."
        )
    return canvas.current.each(lambda frame: frame.crop(left, top, width, height))


def rotate(canvas: Canvas, asked: Parameters) -> Picture:
    """Turn clockwise; every picture is upright already."""
    if asked["angle"] == "auto":
        return canvas.current
    angle = asked["angle"] % 360
    return canvas.current.each(lambda frame: frame.rot(f"d{angle}"))


def flip(canvas: Canvas, _: Parameters) -> Picture:
    """Upside down."""
    return canvas.current.each(lambda frame: frame.flip("vertical"))


def flop(canvas: Canvas, _: Parameters) -> Picture:
    """Left and right swapped."""
    return canvas.current.each(lambda frame: frame.flip("horizontal"))


def _scaled(canvas: Canvas, size: Size, *, is_last: bool = False) -> Picture:
    refuse_oversize(size, canvas.frames)
    if canvas.picture is None and canvas.source.shrinks_on_load:
        writes = is_last and canvas.source.format.writes_by_rows
        return canvas.source.shrink_and_write(size) if writes else canvas.source.shrink(size)
    if size == canvas.size:
        return canvas.current
    width, height = size
    return canvas.current.each(lambda frame: frame.thumbnail_image(width, height=height, size="force", no_rotate=True))


def _cut(picture: Picture, size: Size, part: str) -> Picture:
    """What of the picture the box shows. A side that is smaller than the box's stays."""
    width, height = min(size[0], picture.size[0]), min(size[1], picture.size[1])
    if (width, height) == picture.size:
        return picture
    return picture.each(lambda frame: frame.smartcrop(width, height, interesting=part))


def _padded(picture: Picture, size: Size, color: str | None) -> Picture:
    """The picture in the middle of a larger one: transparent around it, or white where the format has no alpha."""
    refuse_oversize(size, len(picture.frames))

    def pad(frame: Image) -> Image:
        ground = frame if frame.hasalpha() or not picture.format.has_alpha else frame.addalpha()
        plain = [0] * ground.bands if picture.format.has_alpha else white(ground)
        background = plain if color is None else ink(color, ground)
        return ground.gravity("centre", *size, extend="background", background=background)

    return picture.each(pad)
