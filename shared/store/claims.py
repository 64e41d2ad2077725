"""Claims, as `lua/claim.lua` takes and answers them."""

from collections.abc import Sequence
from typing import Any

from shared.codec import read_job
from shared.store.connection import Argument
from shared.store.views import ClaimRequest, Claims

MOST_TENANTS = 10  # of which one claim looks for jobs that the queues do not show


def arguments(request: ClaimRequest) -> list[Argument]:
    """The script's."""
    found: list[Argument] = [request.worker, request.place, request.nonce, request.lease]
    found += [request.slots, request.children, request.suspects, MOST_TENANTS, len(request.queues)]
    for share in request.queues:
        found += (share.queue, share.priority, share.jobs)
    for kind, types in (("loop", request.loop_types), ("child", request.child_types)):
        for type in types:
            found += (kind, type)
    return found


def read(reply: Sequence[Any]) -> Claims:
    """What the script answers."""
    _, next_due, more, now, *entries = reply
    return Claims(
        now=now,
        next_due=next_due or None,
        more=bool(more),
        jobs=[job for record in entries[1::2] if (job := read_job(record)) is not None],
    )
