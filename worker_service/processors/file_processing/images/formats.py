"""The picture formats that are read and written. No others reach a decoder."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from shared.job_types.image_operations import MAX_PIXELS


@dataclass(frozen=True)
class Format:
    """What a format can hold, and how libvips writes it."""

    name: str  # as in a payload, and in the names of libvips' loader and saver
    media_type: str
    has_alpha: bool = True
    has_frames: bool = False
    longest_side: int = 65_535  # pixels that it can hold
    largest_frame: int = MAX_PIXELS  # pixels that its encoder writes within a child's memory, measured on noise
    trailer: bytes = b""  # what ends a whole file, where libvips does not miss it
    options: Mapping[str, Any] = field(default_factory=dict)  # for the saver


FORMATS: Mapping[str, Format] = {
    known.name: known
    for known in (
        Format("jpeg", "image/jpeg", has_alpha=False, options={"Q": 80}),
        Format("png", "image/png"),
        Format(
            "webp",
            "image/webp",
            has_frames=True,
            longest_side=16_383,
            largest_frame=25_000_000,
            options={"Q": 80},
        ),
        Format(
            "gif",
            "image/gif",
            has_frames=True,
            largest_frame=25_000_000,
            trailer=b";",  # GIF89a specification, section 27
            options={"effort": 4},  # the default, 7, takes five times as long on noise, for the same size
        ),
        Format("tiff", "image/tiff", has_frames=True, options={"compression": "deflate", "predictor": "horizontal"}),
    )
}

BY_MEDIA_TYPE: Mapping[str, Format] = {known.media_type: known for known in FORMATS.values()}
