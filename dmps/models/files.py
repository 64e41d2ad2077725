"""Files: what jobs work on, and what they leave."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from msgspec import field

from dmps.errors import DmpsError
from dmps.models.jobs import Wire


class File(Wire, frozen=True, kw_only=True):
    """A file that is stored. `name`: what its sender called it; `job_id`: the job that made it."""

    file_id: str
    name: str | None = None
    media_type: str
    size: int
    sha256: str
    created_at: datetime
    job_id: str | None = None
    links: Mapping[str, str] = field(default_factory=dict)


class FilePage(Wire, frozen=True, kw_only=True):
    """Some files, and where the next ones are."""

    files: Sequence[File]
    next_page_token: str | None = None


class FileLink(Wire, frozen=True, kw_only=True):
    """A link by which whoever has it has the file, until then, without a key."""

    url: str
    expires_at: datetime


@dataclass(frozen=True)
class UploadProgress:
    """How far an upload is, in bytes. `upload_id`, of one in parts, is what `resume` takes.

    `trouble`: it broke off, for this reason, and is about to go on.
    """

    upload_id: str | None
    sent: int
    size: int
    trouble: DmpsError | None = None
