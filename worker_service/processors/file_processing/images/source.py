"""The file that a job works on: what it is, and the way from its bytes to a picture. All distrust stands here.

libvips has no limit on pixels of its own. So the header is read first, and nothing is decoded before its size is known.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

import pyvips
from pyvips import Image

from worker_service.processors import Reject
from worker_service.processors.file_processing.images.fit import Size
from worker_service.processors.file_processing.images.formats import BY_MEDIA_TYPE, Format
from worker_service.processors.file_processing.images.gif import is_whole
from worker_service.processors.file_processing.images.picture import Picture, refuse_oversize, text
from worker_service.processors.file_processing.work import File

MAX_FRAMES = 500
JPEG_FACTORS = (1, 2, 4, 8)  # that a JPEG decoder can leave out at no cost (ITU-T T.81, its blocks of 8 x 8)
UPRIGHT = 1  # EXIF orientation (EXIF 2.32, tag 274)
PLAIN_COLOR_SPACES = frozenset({"srgb", "rgb16", "b-w", "grey16"})
PLAIN_BAND_FORMATS = frozenset({"uchar", "ushort"})

T = TypeVar("T")

pyvips.block_untrusted_set(state=True)  # no decoder that libvips' authors do not call safe for hostile input
pyvips.cache_set_max(0)  # the next job's picture is another one
pyvips.concurrency_set(1)  # children are the concurrency


@dataclass(frozen=True)
class Source:
    """A stored file as a picture. Whatever is wrong with it is a `Reject` that names it."""

    file: File

    @cached_property
    def format(self) -> Format:
        """The format, if it is one that we read."""
        found = BY_MEDIA_TYPE.get(self._media_type)
        if found is None:
            raise Reject(
                f"File {self._name} is no picture that can be read here: it is {self._media_type},"
                f" and this operation reads {', '.join(BY_MEDIA_TYPE)}."
            )
        return found

    @cached_property
    def header(self) -> Image:
        """The first frame, of which nothing but the header was read; all frames are within the limits."""
        header = self._read(self._load)
        if (frames := header.get_n_pages()) > MAX_FRAMES:
            raise Reject(f"File {self._name} has {frames} frames; the limit is {MAX_FRAMES}.")
        refuse_oversize((header.width, header.height), frames)
        if self.format.name == "gif" and not is_whole(self.file.content):
            raise self._unreadable("it breaks off before its end")
        return header

    @property
    def orientation(self) -> int:
        """As EXIF has it, 1 to 8."""
        return int(self.header.get("orientation")) if self.header.get_typeof("orientation") else UPRIGHT

    @property
    def size(self) -> Size:
        """Width and height of the upright picture, in pixels."""
        upright = self.header.autorot()
        return upright.width, upright.height

    @property
    def frames(self) -> int:
        """How many frames or pages it has."""
        return int(self.header.get_n_pages())

    @property
    def shrinks_on_load(self) -> bool:
        """Whether it is to be decoded at a smaller size, which is faster by far, but serves one output only."""
        return not self.file.is_shared and self.frames == 1 and _is_plain(self.header)

    def decode(self) -> Picture:
        """The picture with all its frames, turned upright. It is decoded once."""
        return self._decoded

    @cached_property
    def _decoded(self) -> Picture:
        self._refuse_undecodable()
        options = {"n": -1} if self.frames > 1 else {}
        return self._read(lambda: Picture(_frames(self._load(**options)), self.format))

    def shrink(self, size: Size) -> Picture:
        """The picture, decoded to that size and turned upright."""
        return self._read(lambda: Picture((self._shrinking(size).copy_memory(),), self.format))

    def shrink_and_write(self, size: Size) -> Picture:
        """The same, written already: some rows are, while the next are decoded. Its pixels are read then."""
        return self._read(lambda: Picture((self._shrinking(size),), self.format).written())

    def _shrinking(self, size: Size) -> Image:
        """What decodes itself row by row, once, when it is read."""
        if not self.format.decodes_smaller:
            self._refuse_undecodable()
        factor = self._jpeg_factor(size)
        if factor > 1:
            smaller = self._load(shrink=factor, access="sequential")
            return smaller.thumbnail_image(size[0], height=size[1], size="force")
        # libvips 8.18 does not hand `fail_on` on to the loader, but it does hand on the loader's own options
        return Image.thumbnail_source(
            self._open(), size[0], height=size[1], size="force", option_string="fail_on=error"
        )

    @property
    def _name(self) -> str:
        return self.file.stored.file_id or "that came with the job"

    @property
    def _media_type(self) -> str:
        return self.file.stored.media_type

    def _jpeg_factor(self, size: Size) -> int:
        """By how much a JPEG is made smaller while it is decoded: as much as leaves it no smaller than the size.

        libvips itself would leave twice the size, for half the speed; sharp does as we do.
        """
        if self.format.name != "jpeg":
            return 1
        room = min(have / want for have, want in zip(self.size, size, strict=True))
        return max(factor for factor in JPEG_FACTORS if factor <= max(1, room))

    def _load(self, **options: Any) -> Image:  # noqa: ANN401 - the loader's options
        """With the loader of the format that was looked up: libvips is not asked to guess."""
        return pyvips.Operation.call(f"{self.format.codec}load_source", self._open(), fail_on="error", **options)

    def _open(self) -> pyvips.Source:
        """By a descriptor of its own: libvips' messages then name no path."""
        descriptor = os.open(self.file.content.name, os.O_RDONLY)
        try:
            return pyvips.Source.new_from_descriptor(descriptor)
        finally:
            os.close(descriptor)  # libvips has made itself another one

    def _read(self, step: Callable[[], T]) -> T:
        pyvips.vips_lib.vips_error_clear()  # libvips also notes what it got over, and would tell it with the next error
        try:
            return step()
        except pyvips.Error as error:
            raise self._unreadable(_reason(error)) from error

    def _refuse_undecodable(self) -> None:
        """libvips would end with "out of memory"."""
        size = self.header.width, self.header.height
        if size[0] * size[1] > self.format.largest_read:
            most = f"{self.format.largest_read:,} pixels"
            raise Reject(
                f"File {self._name} is too large: {self.format.name} is decoded up to {most}, not {text(size)}."
            )

    def _unreadable(self, reason: str) -> Reject:
        return Reject(f"File {self._name} cannot be read as {self._media_type}: {reason}.")


def _frames(roll: Image) -> tuple[Image, ...]:
    """The frames of a picture that libvips hands over one below the other."""
    roll.avg()  # reads every pixel: what fails from here on is not the file's fault
    height = roll.get_page_height()
    return tuple(_frame(roll.crop(0, top, roll.width, height)) for top in range(0, roll.height, height))


def _frame(cut: Image) -> Image:
    frame = cut.copy()
    if frame.get_typeof("page-height"):
        frame.remove("page-height")
    return _plain(frame.autorot())


def _plain(frame: Image) -> Image:
    """The frame with one, two, three or four channels of 8 or 16 bits, whatever it came with."""
    if _is_plain(frame):
        return frame
    if frame.interpretation == "cmyk":
        return frame.icc_transform("srgb", embedded=True, input_profile="cmyk")
    return frame.colourspace("srgb")


def _is_plain(frame: Image) -> bool:
    return frame.interpretation in PLAIN_COLOR_SPACES and frame.format in PLAIN_BAND_FORMATS


def _reason(error: pyvips.Error) -> str:
    lines = str(error.detail).strip().splitlines()
    if any("out of memory" in line for line in lines):
        return "it takes more memory than a job may have"
    return lines[0].removeprefix("source: ") if lines else "its beginning is not that of such a file"
