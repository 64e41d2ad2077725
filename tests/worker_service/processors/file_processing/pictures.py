"""Real pictures, made on the spot."""

import struct
import zlib
from typing import Any

import pyvips
from pyvips import Image

RED, GREEN, BLUE = [220, 20, 20], [20, 200, 20], [20, 20, 220]


def plain(width: int, height: int, color: list[int]) -> Image:
    return (Image.black(width, height, bands=len(color)) + color).cast("uchar").copy(interpretation="srgb")


def quarters(width: int = 120, height: int = 80) -> Image:
    """Red in the upper left quarter, green in the upper right, blue below."""
    top = plain(width // 2, height // 2, RED).join(plain(width - width // 2, height // 2, GREEN), "horizontal")
    return top.join(plain(width, height - height // 2, BLUE), "vertical")


def jpeg(picture: Image, orientation: int = 1, **exif: str) -> bytes:
    tagged = picture.copy()
    tagged.set_type(pyvips.GValue.gint_type, "orientation", orientation)
    for name, value in exif.items():
        tagged.set_type(pyvips.GValue.gstr_type, f"exif-{name.replace('_', '-')}", value)
    return bytes(tagged.jpegsave_buffer(Q=95))


def png(picture: Image) -> bytes:
    return bytes(picture.pngsave_buffer())


def animated(picture: Image, frames: int = 4, delay: int = 70) -> Image:
    """The picture, darker from frame to frame."""
    roll = Image.arrayjoin(
        [picture.linear(1 - index / 10, 0).cast("uchar") for index in range(frames)], across=1
    ).copy()
    roll.set_type(pyvips.GValue.gint_type, "page-height", picture.height)
    roll.set_type(pyvips.GValue.array_int_type, "delay", [delay] * frames)
    return roll


def gif(picture: Image, frames: int = 4) -> bytes:
    return bytes(animated(picture, frames).gifsave_buffer())


def webp(picture: Image, frames: int = 1) -> bytes:
    return bytes((animated(picture, frames) if frames > 1 else picture).webpsave_buffer(Q=90))


def avif(picture: Image) -> bytes:
    return bytes(picture.heifsave_buffer(compression="av1", Q=80, effort=1))


def tiff(picture: Image, frames: int = 1) -> bytes:
    return bytes((animated(picture, frames) if frames > 1 else picture).tiffsave_buffer())


def png_header(width: int, height: int) -> bytes:
    """A well-formed PNG of some hundred bytes that claims a size."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = ((b"IHDR", header), (b"IDAT", zlib.compress(bytes(1_000))), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in parts)


def gif_header(width: int, height: int) -> bytes:
    """A well-formed GIF of some fifty bytes whose one frame claims a size."""
    frame = b"\x2c" + struct.pack("<HHHHB", 0, 0, width, height, 0) + b"\x02\x02\x44\x01\x00"
    return b"GIF89a" + struct.pack("<HHBBB", width, height, 0x80, 0, 0) + bytes(6) + frame + b"\x3b"


def opened(content: bytes, **options: Any) -> Image:
    return Image.new_from_buffer(content, "", **options)


def color(picture: Image, x: int, y: int) -> list[int]:
    return [round(value) for value in picture.getpoint(x, y)]


def is_near(picture: Image, x: int, y: int, expected: list[int]) -> bool:
    found = color(picture, x, y)
    return len(found) == len(expected) and all(abs(a - b) < 20 for a, b in zip(found, expected, strict=True))


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
