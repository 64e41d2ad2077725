"""A picture in memory, and how it is written."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from functools import cached_property
from io import BufferedIOBase, BytesIO
from typing import Any

import pyvips
from pyvips import Image

from shared.job_types.image_limits import MAX_PIXELS
from worker_service.processors import Reject
from worker_service.processors.file_processing.images.fit import Size
from worker_service.processors.file_processing.images.formats import Format

WHITE = {"uchar": 255, "ushort": 65_535}  # by libvips' band format


@dataclass(frozen=True)
class Encoding:
    """How a picture is to be written; None is the format's own default."""

    quality: int | None = None  # 1 to 100
    lossless: bool = False
    effort: int | None = None  # 1 to 9
    keeps_metadata: bool = False

    def options(self, format: Format) -> dict[str, Any]:
        """For libvips' saver of that format."""
        effort = {} if self.effort is None else format.effort_option(self.effort)
        quality = {} if self.quality is None else {"Q": self.quality}
        lossless = {"lossless": True} if self.lossless else {}
        return {**format.options, **quality, **lossless, **effort, "keep": "all" if self.keeps_metadata else "icc"}


@dataclass(frozen=True, eq=False)
class Picture:
    """Frames of one size, upright, always such as the format can hold: no second frame, no alpha where it has none."""

    frames: tuple[Image, ...]
    format: Format
    encoding: Encoding = Encoding()

    @property
    def size(self) -> Size:
        """Width and height of each frame, in pixels."""
        return self.frames[0].width, self.frames[0].height

    @property
    def media_type(self) -> str:
        """Of its format."""
        return self.format.media_type

    @property
    def facts(self) -> Mapping[str, int]:
        """Its size, for its entry in `outputs`."""
        return {"width": self.size[0], "height": self.size[1]}

    def content(self) -> AbstractContextManager[BufferedIOBase]:
        """The picture as a file."""
        return BytesIO(self.encoded)

    def each(self, change: Callable[[Image], Image]) -> "Picture":
        """The same change made to all frames."""
        return replace(self, frames=tuple(change(frame) for frame in self.frames))

    def convert(self, format: Format, encoding: Encoding) -> "Picture":
        """The picture as another format can hold it."""
        frames = self.frames if format.has_frames else self.frames[:1]
        converted = Picture(frames, format, encoding)
        return converted if format.has_alpha else converted.each(_on_white)

    def written(self) -> "Picture":
        """The same, encoded now. Raises `Reject` beyond the format's size."""
        _ = self.encoded
        return self

    @cached_property
    def encoded(self) -> bytes:
        """The picture as a file, with its colour profile. Raises `Reject` beyond the format's size."""
        _refuse_unwritable(self.size, self.format)
        options = self.encoding.options(self.format)
        written: bytes = getattr(self._roll, f"{self.format.codec}save_buffer")(**options)
        return written

    @property
    def _roll(self) -> Image:
        """The frames as libvips writes them: one below the other, with the height of one noted."""
        if len(self.frames) == 1:
            return self.frames[0]
        roll = Image.arrayjoin(self.frames, across=1).copy()
        roll.set_type(pyvips.GValue.gint_type, "page-height", self.size[1])
        return roll


def refuse_oversize(size: Size, frames: int) -> None:
    """Raises `Reject` for a picture that would have too many pixels, before any of them is computed."""
    pixels = size[0] * size[1] * frames
    if pixels > MAX_PIXELS:
        of_frames = f" in {frames} frames" if frames > 1 else ""
        raise Reject(f"{text(size)}{of_frames} are {pixels:,} pixels; the limit is {MAX_PIXELS:,}.")


def _refuse_unwritable(size: Size, format: Format) -> None:
    if max(size) > format.longest_side:
        raise Reject(f"{format.name} holds at most {format.longest_side} pixels a side; {text(size)} is too large.")
    if size[0] * size[1] > format.largest_frame:
        raise Reject(f"{format.name} is written up to {format.largest_frame:,} pixels; {text(size)} is too large.")


def white(frame: Image) -> list[int]:
    """White without transparency, as a background of that frame."""
    return [WHITE[frame.format]] * frame.bands


def _on_white(frame: Image) -> Image:
    return frame.flatten(background=white(frame)[:-1]) if frame.hasalpha() else frame


def text(size: Size) -> str:
    """As people write a size."""
    return f"{size[0]}x{size[1]}"
