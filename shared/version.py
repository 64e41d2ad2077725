"""Which release this is."""

from functools import cache
from importlib import metadata


@cache
def version() -> str:
    """Of our distribution; nothing where it is not installed, but run from its sources."""
    try:
        return metadata.version("dmps")
    except metadata.PackageNotFoundError:
        return ""
