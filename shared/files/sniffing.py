"""The media type of a content, by its first bytes."""

import re
from functools import cache

from pure_magic_rs import MagicDb

UNKNOWN_MEDIA_TYPE = "application/octet-stream"
SNIFFED = 4096  # bytes

_MEDIA_TYPE = re.compile(r"[a-z0-9][a-z0-9.+-]*/[a-z0-9][a-z0-9.+-]*")


def sniff(head: bytes) -> str:
    """The media type that the first bytes of a file look like: a hint, never a proof."""
    media_type = _magic().first_magic_buffer(head[:SNIFFED]).mime_type
    return media_type if _MEDIA_TYPE.fullmatch(media_type) else UNKNOWN_MEDIA_TYPE


@cache
def _magic() -> MagicDb:
    return MagicDb()
