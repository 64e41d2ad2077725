"""The picture formats that are read and written. No others reach a decoder."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from shared.job_types.image_limits import MAX_PIXELS

MOST_EFFORT = 9  # as in a payload, from 1


@dataclass(frozen=True)
class Format:
    """What a format can hold, and how libvips reads and writes it."""

    name: str  # as in a payload
    media_type: str
    codec: str  # in the names of libvips' loader and saver
    has_alpha: bool = True
    has_frames: bool = False
    decodes_smaller: bool = False  # at a part of its size, in little memory
    writes_by_rows: bool = False  # its encoder does not ask for all of them first
    longest_side: int = 65_535  # pixels that it can hold
    largest_read: int = MAX_PIXELS  # pixels of a frame that are decoded within a child's memory
    largest_frame: int = MAX_PIXELS  # pixels that its encoder writes within a child's memory and time, on noise
    effort: tuple[str, int, int] | None = None  # the saver's option, its value for the least effort and for the most
    options: Mapping[str, Any] = field(default_factory=dict)  # for the saver

    def effort_option(self, effort: int) -> dict[str, int]:
        """Effort from 1 to 9 on the saver's own scale."""
        if self.effort is None:
            return {}
        option, least, most = self.effort
        return {option: least + round((most - least) * (effort - 1) / (MOST_EFFORT - 1))}


FORMATS: Mapping[str, Format] = {
    known.name: known
    for known in (
        Format("jpeg", "image/jpeg", "jpeg", has_alpha=False, writes_by_rows=True, options={"Q": 80}),
        Format("png", "image/png", "png", writes_by_rows=True, effort=("compression", 1, 9)),
        Format(
            "webp",
            "image/webp",
            "webp",
            has_frames=True,
            decodes_smaller=True,
            longest_side=16_383,
            largest_read=50_000_000,
            largest_frame=25_000_000,
            effort=("effort", 0, 6),
            options={"Q": 80},
        ),
        Format(
            "avif",
            "image/avif",
            "heif",
            longest_side=16_384,
            largest_read=50_000_000,
            largest_frame=16_777_216,
            effort=("effort", 0, 4),  # with more, a pixel takes twelve times as long, for no smaller a file
            options={"compression": "av1", "Q": 50, "effort": 2},
        ),
        Format(
            "gif",
            "image/gif",
            "gif",
            has_frames=True,
            largest_frame=25_000_000,
            effort=("effort", 1, 10),
            options={"effort": 4},  # the default, 7, takes five times as long on noise, for the same size
        ),
        Format(
            "tiff",
            "image/tiff",
            "tiff",
            has_frames=True,
            options={"compression": "deflate", "predictor": "horizontal"},
        ),
    )
}

BY_MEDIA_TYPE: Mapping[str, Format] = {known.media_type: known for known in FORMATS.values()}
