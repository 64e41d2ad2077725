"""The settings of files, a family of its own."""

from dataclasses import dataclass

from environs import Env, validate
from marshmallow import ValidationError

from shared.files.places import RULE, is_place

GiB = 1024 * 1024 * 1024
YEAR = 365 * 86_400  # seconds


@dataclass(frozen=True)
class FileSettings:
    """What an operator decides of files. Durations are seconds, sizes bytes; 0 is no limit."""

    url: str = ""  # "": in the data directory
    largest: int = GiB  # of one upload
    keep: float = 0.0  # how long files are kept that nothing needs
    limit: int = 0  # of all files together


def file_settings(env: Env) -> FileSettings:
    """Read them. What is wrong is reported when `env` is sealed."""
    return FileSettings(
        url=env.str("DMPS_FILES_URL", "", validate=_place) or "",
        largest=env.int("DMPS_MAX_UPLOAD", GiB, validate=validate.Range(min=1)) or 0,
        keep=env.float("DMPS_KEEP_FILES", 0.0, validate=validate.Range(min=0, max=10 * YEAR)) or 0.0,
        limit=env.int("DMPS_FILES_LIMIT", 0, validate=validate.Range(min=0)) or 0,
    )


def _place(url: str) -> None:
    if url and not is_place(url):
        raise ValidationError(RULE)
