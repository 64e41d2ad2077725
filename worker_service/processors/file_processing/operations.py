"""The operations, each one small function, behind one table. It answers a new picture, or a report on the old one."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from pyvips import Image

from worker_service.processors import Reject
from worker_service.processors.file_processing.fit import Size, scaled_size
from worker_service.processors.file_processing.formats import FORMATS
from worker_service.processors.file_processing.picture import Picture, refuse_oversize, text, white
from worker_service.processors.file_processing.source import UPRIGHT, Source

Parameters = Mapping[str, Any]
Report = dict[str, Any]

BITS = {"uchar": 8, "char": 8, "ushort": 16, "short": 16, "uint": 32, "int": 32, "float": 32, "double": 64}


@dataclass(frozen=True)
class Work:
    """What an operation finds: the file, and the picture that the operations before made of it."""

    source: Source
    picture: Picture | None = None  # None while the file is as it came

    @property
    def current(self) -> Picture:
        """The picture as it stands."""
        return self.picture or self.source.decode()

    @property
    def size(self) -> Size:
        """Its width and height, without decoding it for that."""
        return self.picture.size if self.picture else self.source.size

    @property
    def frames(self) -> int:
        """How many frames it has, likewise."""
        return len(self.picture.frames) if self.picture else self.source.frames


def resize(work: Work, asked: Parameters) -> Picture:
    """Scale, then cut off or add what the fit wants."""
    width, height = asked.get("width"), asked.get("height")
    scaled = _scaled(work, scaled_size(work.size, width, height, asked["fit"]))
    if width is None or height is None:
        return scaled
    if asked["fit"] == "cover":
        return scaled.each(lambda frame: frame.smartcrop(width, height, interesting="centre"))
    return _padded(scaled, (width, height)) if asked["fit"] == "contain" else scaled


def thumbnail(work: Work, asked: Parameters) -> Picture:
    """Cover the size; frames must all be cut at one place, or the animation would shake."""
    width, height = asked["width"], asked.get("height", asked["width"])
    part = asked["crop"] if work.frames == 1 else "centre"
    scaled = _scaled(work, scaled_size(work.size, width, height, "cover"))
    return scaled.each(lambda frame: frame.smartcrop(width, height, interesting=part))


def convert(work: Work, asked: Parameters) -> Picture:
    """Another format, another quality."""
    return work.current.convert(FORMATS[asked["format"]], asked.get("quality"))


def rotate(work: Work, asked: Parameters) -> Picture:
    """Turn clockwise; every picture is upright already."""
    if asked["angle"] == "auto":
        return work.current
    angle = asked["angle"] % 360
    return work.current.each(lambda frame: frame.rot(f"d{angle}"))


def crop(work: Work, asked: Parameters) -> Picture:
    """Cut out a part. Raises `Reject` if some of it lies outside."""
    left, top, width, height = (asked[name] for name in ("left", "top", "width", "height"))
    if left + width > work.size[0] or top + height > work.size[1]:
        raise Reject(
            f"The part of {text((width, height))} pixels at {left},{top} does not lie within the picture,"
            f" which has {text(work.size)}."
        )
    return work.current.each(lambda frame: frame.crop(left, top, width, height))


def grayscale(work: Work, _: Parameters) -> Picture:
    """Take the colour out."""
    return work.current.each(_gray)


def metadata(work: Work, _: Parameters) -> Report:
    """The facts of the picture: a closed list, so that no place and no name slips out."""
    frame = work.picture.frames[0] if work.picture else work.source.header
    return {
        "mediaType": (work.picture or work.source).format.media_type,
        "width": work.size[0],
        "height": work.size[1],
        "frames": work.frames,
        "channels": frame.bands,
        "hasAlpha": bool(frame.hasalpha()),
        "bitDepth": BITS[frame.format],
        "colorSpace": frame.interpretation,
        "orientation": UPRIGHT if work.picture else work.source.orientation,
    }


def checksum(work: Work, _: Parameters) -> Report:
    """Of the file as it came, whatever it is, or as it would be written now."""
    if work.picture is None:
        return {"sha256": work.source.sha256(), "bytes": work.source.stored.bytes}
    return {"sha256": sha256(work.picture.encoded).hexdigest(), "bytes": len(work.picture.encoded)}


OPERATIONS: Mapping[str, Callable[[Work, Parameters], Picture | Report]] = {
    "resize": resize,
    "thumbnail": thumbnail,
    "convert": convert,
    "rotate": rotate,
    "crop": crop,
    "grayscale": grayscale,
    "metadata": metadata,
    "checksum": checksum,
}


def _scaled(work: Work, size: Size) -> Picture:
    refuse_oversize(size, work.frames)
    if work.picture is None and work.source.shrinks_on_load:
        return work.source.shrink(size)
    return work.current.each(lambda frame: frame.thumbnail_image(size[0], height=size[1], size="force", no_rotate=True))


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
