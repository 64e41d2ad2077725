"""Operations that change how a picture looks, and how it is written."""

from pyvips import Image

from worker_service.processors.file_processing.images.canvas import Canvas
from worker_service.processors.file_processing.images.formats import FORMATS
from worker_service.processors.file_processing.images.picture import Encoding, Picture
from worker_service.processors.file_processing.work import Parameters

GRAYS = frozenset({"b-w", "grey16"})
PROFILE = "icc-profile-data"


def grayscale(canvas: Canvas, _: Parameters) -> Picture:
    """Take the colour out."""
    return canvas.current.each(_gray)


def blur(canvas: Canvas, asked: Parameters) -> Picture:
    """By a Gaussian of that standard deviation, cut off where it has fallen to a twentieth."""
    return canvas.current.each(lambda frame: frame.gaussblur(float(asked["sigma"]), min_ampl=0.05))


def sharpen(canvas: Canvas, asked: Parameters) -> Picture:
    """By libvips' unsharp mask on the lightness of CIELAB; `m2` is the slope for what is no flat area."""
    options = {"sigma": float(asked["sigma"]), "m2": float(asked["amount"])}
    return canvas.current.each(lambda frame: _as_it_was(frame.sharpen(**options), frame))


def to_srgb(canvas: Canvas, _: Parameters) -> Picture:
    """By the picture's own profile, or what is usual for its colours where it has none."""
    return canvas.current.each(_srgb)


def convert(canvas: Canvas, asked: Parameters) -> Picture:
    """Another format, another way of writing it."""
    encoding = Encoding(
        quality=asked.get("quality"),
        lossless=asked.get("lossless", False),
        effort=asked.get("effort"),
        keeps_metadata=asked["metadata"] == "keep",
    )
    return canvas.current.convert(FORMATS[asked["format"]], encoding)


def _as_it_was(changed: Image, frame: Image) -> Image:
    """In the kind of channels that the frame had."""
    return changed.colourspace(frame.interpretation).cast(frame.format)


def _gray(frame: Image) -> Image:
    """A colour profile describes colours: it is applied, then dropped with them."""
    if frame.interpretation in GRAYS:
        return frame
    return _without_profile(_srgb(frame).colourspace("grey16" if frame.format == "ushort" else "b-w"))


def _srgb(frame: Image) -> Image:
    wide = frame.format == "ushort"
    if frame.get_typeof(PROFILE):
        usual = "srgb" if frame.interpretation not in GRAYS else "none"
        options = {"embedded": True, "depth": 16 if wide else 8}
        frame = frame.icc_transform("srgb", **options, **({} if usual == "none" else {"input_profile": usual}))
    return _without_profile(frame.colourspace("rgb16" if wide else "srgb"))


def _without_profile(frame: Image) -> Image:
    plain = frame.copy()
    if plain.get_typeof(PROFILE):
        plain.remove(PROFILE)
    return plain
