"""The operations, each one small function, behind one table. It answers a new picture, or a report on the old one."""

from collections.abc import Callable, Mapping

from pyvips import Image

from worker_service.processors import Reject
from worker_service.processors.file_processing.images.canvas import Canvas
from worker_service.processors.file_processing.images.fit import Size, scaled_size
from worker_service.processors.file_processing.images.formats import FORMATS
from worker_service.processors.file_processing.images.picture import Picture, refuse_oversize, text, white
from worker_service.processors.file_processing.images.source import UPRIGHT
from worker_service.processors.file_processing.work import Parameters, Report

BITS = {"uchar": 8, "char": 8, "ushort": 16, "short": 16, "uint": 32, "int": 32, "float": 32, "double": 64}


def resize(canvas: Canvas, asked: Parameters) -> Picture:
    """Scale, then cut off or add what the fit wants."""
    width, height = asked.get("width"), asked.get("height")
    scaled = _scaled(canvas, scaled_size(canvas.size, width, height, asked["fit"]))
    if width is None or height is None:
        return scaled
    if asked["fit"] == "cover":
        return scaled.each(lambda frame: frame.smartcrop(width, height, interesting="centre"))
    return _padded(scaled, (width, height)) if asked["fit"] == "contain" else scaled


def thumbnail(canvas: Canvas, asked: Parameters) -> Picture:
    """Cover the size; frames must all be cut at one place, or the animation would shake."""
    width, height = asked["width"], asked.get("height", asked["width"])
    part = asked["crop"] if canvas.frames == 1 else "centre"
    scaled = _scaled(canvas, scaled_size(canvas.size, width, height, "cover"))
    return scaled.each(lambda frame: frame.smartcrop(width, height, interesting=part))


def convert(canvas: Canvas, asked: Parameters) -> Picture:
    """Another format, another quality."""
    return canvas.current.convert(FORMATS[asked["format"]], asked.get("quality"))


def rotate(canvas: Canvas, asked: Parameters) -> Picture:
    """Turn clockwise; every picture is upright already."""
    if asked["angle"] == "auto":
        return canvas.current
    angle = asked["angle"] % 360
    return canvas.current.each(lambda frame: frame.rot(f"d{angle}"))


def crop(canvas: Canvas, asked: Parameters) -> Picture:
    """Cut out a part. Raises `Reject` if some of it lies outside."""
    left, top, width, height = (asked[name] for name in ("left", "top", "width", "height"))
    if left + width > canvas.size[0] or top + height > canvas.size[1]:
        raise Reject(
            f"The part of {text((width, height))} pixels at {left},{top} does not lie within the picture,"
            f" which has {text(canvas.size)}."
        )
    return canvas.current.each(lambda frame: frame.crop(left, top, width, height))


def grayscale(canvas: Canvas, _: Parameters) -> Picture:
    """Take the colour out."""
    return canvas.current.each(_gray)


def metadata(canvas: Canvas, _: Parameters) -> Report:
    """The facts of the picture: a closed list, so that no place and no name slips out."""
    frame = canvas.picture.frames[0] if canvas.picture else canvas.source.header
    return {
        "mediaType": (canvas.picture or canvas.source).format.media_type,
        "width": canvas.size[0],
        "height": canvas.size[1],
        "frames": canvas.frames,
        "channels": frame.bands,
        "hasAlpha": bool(frame.hasalpha()),
        "bitDepth": BITS[frame.format],
        "colorSpace": frame.interpretation,
        "orientation": UPRIGHT if canvas.picture else canvas.source.orientation,
    }


CHANGES: Mapping[str, Callable[[Canvas, Parameters], Picture]] = {
    "resize": resize,
    "thumbnail": thumbnail,
    "convert": convert,
    "rotate": rotate,
    "crop": crop,
    "grayscale": grayscale,
}
REPORTS: Mapping[str, Callable[[Canvas, Parameters], Report]] = {"metadata": metadata}


def _scaled(canvas: Canvas, size: Size) -> Picture:
    refuse_oversize(size, canvas.frames)
    if canvas.picture is None and canvas.source.shrinks_on_load:
        return canvas.source.shrink(size)
    return canvas.current.each(
        lambda frame: frame.thumbnail_image(size[0], height=size[1], size="force", no_rotate=True)
    )


def _padded(picture: Picture, size: Size) -> Picture:
    """The picture in the middle of a larger one: transparent around it, or white where the format has no alpha."""
    refuse_oversize(size, len(picture.frames))

    def pad(frame: Image) -> Image:
        ground = frame if frame.hasalpha() or not picture.format.has_alpha else frame.addalpha()
        background = [0] * ground.bands if picture.format.has_alpha else white(ground)
        return ground.gravity("centre", *size, extend="background", background=background)

    return picture.each(pad)


def _gray(frame: Image) -> Image:
    """A colour profile describes colours: it is applied, then dropped with them."""
    if frame.interpretation in {"b-w", "grey16"}:
        return frame
    depth, space = (16, "grey16") if frame.format == "ushort" else (8, "b-w")
    if frame.get_typeof("icc-profile-data"):
        frame = frame.icc_transform("srgb", embedded=True, input_profile="srgb", depth=depth)
    gray = frame.colourspace(space).copy()
    if gray.get_typeof("icc-profile-data"):
        gray.remove("icc-profile-data")
    return gray
