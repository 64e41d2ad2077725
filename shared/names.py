"""What job types and queues may be called: their names stand in URLs and keys."""

import re

NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?")
NAME_RULE = "1 to 64 lower-case letters, digits and inner hyphens"
MAINTENANCE = "maintenance"  # the queue of our own housekeeping


def is_queue(name: str) -> bool:
    """Whether a queue may be called so."""
    return NAME.fullmatch(name) is not None and name != MAINTENANCE
