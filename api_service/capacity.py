"""How many connections this process can hold: each takes a file descriptor, and so does each file that is sent."""

import resource
from contextlib import suppress

from api_service.connections import Room

RESERVE = 256  # descriptors for all that is no connection of a caller's: the store, the log, libraries
_EACH = 2  # descriptors, at the most: the connection, and the file that it sends or fetches


def make_room(wanted: int) -> Room:
    """Room for `wanted` connections, or for as many as the system lets this process have."""
    _raise_limit(_EACH * wanted + RESERVE)
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY:
        return Room(wanted, wanted)
    free = max(soft - RESERVE, 3)
    served = min(wanted, free * 2 // 3)
    return Room(served, (free - served) // 2 or 1)


def _raise_limit(needed: int) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
    if soft != resource.RLIM_INFINITY and soft < most:
        with suppress(OSError, ValueError):  # macOS allows less than it says
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
