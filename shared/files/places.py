"""From a URL to the place where files are kept."""

from pathlib import Path
from urllib.parse import unquote, urlsplit

from shared.errors import Misconfigured
from shared.files.directory import Directory
from shared.files.storage import Storage

OBJECTS = ("s3", "gs", "az")
RULE = "Must be the URL of a directory (file:///...) or of an object store (s3://bucket/prefix, gs://..., az://...)."


def is_place(url: str) -> bool:
    """Whether files can be kept there, as far as the URL tells."""
    parts = urlsplit(url)
    if parts.scheme == "file":
        return url.startswith("file:///")
    return parts.scheme in OBJECTS and bool(parts.netloc)


def directory_at(url: str) -> Path | None:
    """The directory that a URL names, if it does."""
    return Path(unquote(urlsplit(url).path)) if url.startswith("file:") else None


def storage_at(url: str) -> Storage:
    """The place. Raises `Misconfigured` for what is none, or where the library for it is not installed."""
    if not is_place(url):
        raise Misconfigured(f"DMPS_FILES_URL: {RULE} Not {url!r}.")
    if (directory := directory_at(url)) is not None:
        return Directory(directory)
    try:
        from shared.files.objects import Objects  # noqa: PLC0415 - its library is an extra, and takes time to load
    except ModuleNotFoundError as error:
        advice = "pip install '.[s3]' in a clone of dmps"
        raise Misconfigured(f"DMPS_FILES_URL: object stores need obstore: {advice}.") from error
    return Objects(url)
