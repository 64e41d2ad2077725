"""Whether a GIF is there to its end, which libvips does not ask: it takes the frames that it finds.

GIF89a specification, W3C, 1990: sections 17 to 27.
"""

from io import BufferedReader

TRAILER, EXTENSION, IMAGE = 0x3B, 0x21, 0x2C
MAX_BLOCKS = 4_000_000  # a second or two; of the usual 255 bytes each, a gigabyte


def is_whole(content: BufferedReader) -> bool:
    """Whether its blocks lead to the trailer; what stands after it (padding, a comment of some camera) is no matter."""
    content.seek(6)  # the signature
    screen = content.read(7)
    if len(screen) < 7:  # noqa: PLR2004 - section 18
        return False
    _skip_colors(content, screen[4])
    for _ in range(MAX_BLOCKS):
        kind = content.read(1)
        if kind == bytes([TRAILER]):
            return True
        if not _skip_block(content, kind):
            return False
    return False


def _skip_block(content: BufferedReader, kind: bytes) -> bool:
    if kind == bytes([EXTENSION]):
        content.seek(1, 1)  # its label
    elif kind == bytes([IMAGE]):
        descriptor = content.read(9)
        if len(descriptor) < 9:  # noqa: PLR2004 - section 20
            return False
        _skip_colors(content, descriptor[8])
        content.seek(1, 1)  # the minimum code size
    else:
        return False
    return _skip_data(content)


def _skip_data(content: BufferedReader) -> bool:
    """Sub-blocks up to the empty one (section 15)."""
    for _ in range(MAX_BLOCKS):
        length = content.read(1)
        if not length:
            return False
        if length == b"\0":
            return True
        content.seek(length[0], 1)
    return False


def _skip_colors(content: BufferedReader, packed: int) -> None:
    """The colour table, if the packed fields say that there is one."""
    if packed & 0x80:
        content.seek(3 * 2 ** ((packed & 0x07) + 1), 1)
