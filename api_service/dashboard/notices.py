"""What was done, told on the page that comes after. The URL names it; the words are ours."""

from collections.abc import Mapping
from types import MappingProxyType

from aiohttp import web

NOTICES: Mapping[str, str] = MappingProxyType(
    {
        "cancelled": "The job is cancelled, or is being stopped.",
        "retried": "The job has all its attempts again.",
        "deleted": "The job is gone, with all its traces.",
        "tree-cancelled": "The job and all that it waits for are cancelled, or are being stopped.",
        "tree-retried": "What failed of the job and of all that it waits for has all its attempts again.",
        "tree-deleted": "The job and all that it waited for are gone, with all their traces.",
        "submitted": "The job is submitted.",
        "replayed": "This is the new job.",
        "amended": "The job is changed.",
        "queue-changed": "The queue is changed, for all workers.",
        "type-changed": "The job type is changed, for all workers.",
        "draining": "The worker takes no more jobs, and ends once those that it runs have.",
        "schedule-made": "The schedule is made.",
        "schedule-paused": "The schedule is paused.",
        "schedule-resumed": "The schedule goes on.",
        "schedule-deleted": "The schedule is gone; its jobs stay.",
        "webhook-changed": "The webhook is changed.",
        "webhook-deleted": "The webhook is gone.",
        "webhook-tested": "A test is on its way.",
        "redelivered": "It is on its way again.",
        "signed-out": "You have signed out.",
    }
)


def text(request: web.Request) -> str:
    """What to tell; nothing for what is none of ours."""
    return NOTICES.get(request.query.get("done", ""), "")
