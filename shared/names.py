"""What job types, queues and tenants may be called: their names stand in URLs, paths and keys."""

import re

NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?")
NAME_RULE = "1 to 64 lower-case letters, digits and inner hyphens"
MAINTENANCE = "maintenance"  # the queue of our own housekeeping
WEBHOOKS = "webhooks"  # the queue, and the tenant, of what is delivered to webhooks
DELIVERY = "webhook-delivery"  # the job type of that
OUR_QUEUES = frozenset({MAINTENANCE, WEBHOOKS})
# The keys of a tenant begin with `dmps:NAME:`; so do others of ours, by these names (`shared/store/keys.py`).
RESERVED = re.compile(
    "aside|bell|bulks|checkpoint|claim|clock|depth|event-count|events|flow|flows|hooked|job|key|keys|leases|limits|log"
    "|missable|needed|orders|outbox|outbox-bell|outbox-holder|parents|parked|parts|progress|rate|retention|samples"
    "|schedule|schedules|secret|starts|suspects|tenants|ticks|webhooks|worker|workers"
)


def is_queue(name: str) -> bool:
    """Whether a queue may be called so."""
    return NAME.fullmatch(name) is not None and name not in OUR_QUEUES


def is_tenant(name: str) -> bool:
    """Whether a tenant may be called so."""
    return NAME.fullmatch(name) is not None and RESERVED.fullmatch(name) is None
