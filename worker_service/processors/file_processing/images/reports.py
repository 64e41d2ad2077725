"""Reports on a picture."""

from itertools import repeat

from pyvips import Image

from worker_service.processors.file_processing.images import exif as exif_tags
from worker_service.processors.file_processing.images.canvas import Canvas
from worker_service.processors.file_processing.images.colors import OPAQUE, quantized
from worker_service.processors.file_processing.images.hashes import ALGORITHMS
from worker_service.processors.file_processing.images.looks import to_srgb
from worker_service.processors.file_processing.images.picture import white
from worker_service.processors.file_processing.images.source import UPRIGHT
from worker_service.processors.file_processing.work import Parameters, Report

BITS = {"uchar": 8, "char": 8, "ushort": 16, "short": 16, "uint": 32, "int": 32, "float": 32, "double": 64}
GLANCE = 64  # pixels a side: enough to tell colours
SHARES = 4  # decimals


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


def exif(canvas: Canvas, _: Parameters) -> Report:
    """Of the file that was given, whatever was made of it since."""
    return {"exif": exif_tags.tags(canvas.source.header)}


def dominant_colors(canvas: Canvas, asked: Parameters) -> Report:
    """Of the first frame; what is more transparent than not is left out."""
    small = canvas.glance(GLANCE, GLANCE)
    frame = to_srgb(Canvas(canvas.job, canvas.source, small), {}).frames[0].colourspace("srgb")
    alpha = _values(frame.extract_band(frame.bands - 1)) if frame.hasalpha() else repeat(255)
    pixels = zip(*(_values(frame.extract_band(band)) for band in range(3)), strict=True)
    seen = [pixel for pixel, opacity in zip(pixels, alpha, strict=False) if opacity >= OPAQUE]
    return {
        "colors": [
            {"color": f"#{red:02x}{green:02x}{blue:02x}", "share": round(share, SHARES)}
            for (red, green, blue), share in quantized(seen, asked["count"])
        ]
    }


def perceptual_hash(canvas: Canvas, asked: Parameters) -> Report:
    """Of the first frame's brightness; transparency counts as white."""
    algorithm = ALGORITHMS[asked["algorithm"]]
    frame = canvas.glance(*algorithm.size).frames[0]
    if frame.hasalpha():
        frame = frame.flatten(background=white(frame)[:-1])
    values, width = _values(frame.colourspace("b-w")), algorithm.size[0]
    bits = algorithm.bits([values[at : at + width] for at in range(0, len(values), width)])
    return {"algorithm": asked["algorithm"], "hash": f"{bits:016x}"}


def _values(channel: Image) -> bytes:
    """The values of one channel, row by row, 8 bits each."""
    return bytes(channel.cast("uchar").write_to_memory())
