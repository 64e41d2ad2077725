"""Who calls, and what they may do. A role may do whatever the one before it may."""

from dataclasses import dataclass
from enum import IntEnum

from aiohttp import web

from shared.job import DEFAULT_TENANT


class Role(IntEnum):
    """What a caller may do: each of them also what those before it may."""

    VIEWER = 1  # reads
    SUBMITTER = 2  # submits jobs and uploads files, and cancels
    OPERATOR = 3  # acts on the jobs of the tenant: retries, replays, changes, removes them
    ADMIN = 4  # acts on what all tenants share: queues, job types, workers


@dataclass(frozen=True)
class Caller:
    """Somebody, and the tenant whose jobs and files they see."""

    tenant: str
    role: Role
    key: str = ""  # the id of the API key that they showed


ANYONE = None  # the role of a route that asks for no key
ANYBODY = Caller(DEFAULT_TENANT, Role.ADMIN)  # where there are no keys
CALLER: web.RequestKey[Caller] = web.RequestKey("CALLER", Caller)

SESSION: web.RequestKey[str] = web.RequestKey("SESSION", str)  # of the dashboard, whose cookie no other route reads
REVOKED: web.RequestKey[float] = web.RequestKey("REVOKED", float)  # since when the key of a request is none any more


def caller(request: web.Request) -> Caller:
    """Who sent the request."""
    found: Caller = request.get(CALLER, ANYBODY)
    return found


def tenant(request: web.Request) -> str:
    """Whose jobs and files this request is about."""
    return caller(request).tenant
