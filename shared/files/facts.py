"""What is known of a file, and of an upload that has not ended: kept beside the bytes, in JSON."""

import time
from typing import TypedDict

import msgspec

UPLOAD_KEPT = 86_400  # seconds from the beginning of an upload

_DIGITS = str.maketrans("0123456789abcdef", "fedcba9876543210")


class StoredFile(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """The facts of a file. `created_at` is in ms since the epoch, `sha256` lower-case hexadecimal."""

    file_id: str
    media_type: str  # a hint: what its first bytes look like, or what its maker said
    bytes: int
    sha256: str
    created_at: int
    name: str = ""  # what its sender called it: never a part of a path
    job_id: str = ""  # the job that made it
    is_result: bool = False  # of that job alone: its result, too large for its record, or a part of a checkpoint


class Told(TypedDict, total=False):
    """What else whoever makes a file may say of it."""

    name: str
    is_result: bool


class Upload(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """An upload that may be broken off and go on later. How far it is, the storage tells."""

    upload_id: str
    created_at: int  # ms since the epoch
    length: int | None = None  # bytes that it will have, if its sender has said
    name: str = ""
    sha256: str = ""  # that it will have, if its sender has said


def wall_clock() -> int:
    """Milliseconds since the epoch, by this host's clock."""
    return time.time_ns() // 1_000_000


def inverted(id: str) -> str:
    """The name of an id in the storage, and back: the newest sorts first there, and so is listed first."""
    return id.translate(_DIGITS)


def time_of(id: str) -> int:
    """When an id was made: ms since the epoch (RFC 9562, section 5.7)."""
    return int(id[:8] + id[9:13], 16)
