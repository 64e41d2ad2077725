"""Pauses and limits of queues and job types: how they are asked for, and how they are shown."""

from typing import Any

from aiohttp import web

from api_service.bodies import JSON, read_json
from api_service.decoding import json_object
from api_service.keys import SETTINGS
from api_service.validation import invalid, load
from shared.schemas.control import LimitsPatchSchema
from shared.store import Limits

MERGE_PATCH = "application/merge-patch+json"
MEDIA_TYPES = (MERGE_PATCH, JSON)
ABOUT = "A JSON merge patch (RFC 7396): what it leaves out stays as it is, null removes a limit."
_PATCH = LimitsPatchSchema()


async def read_changes(request: web.Request) -> dict[str, Any]:
    """What a JSON merge patch (RFC 7396) changes: by names on the wire, None where it removes. Raises a `Problem`."""
    text = await read_json(request, request.app[SETTINGS].max_body, MEDIA_TYPES)
    changes: dict[str, Any]
    changes, errors = load(_PATCH, json_object(text))
    if errors:
        raise invalid(errors)
    return changes


def present(limits: Limits) -> dict[str, Any]:
    """What is paused or limited, as callers see it; null where there is no limit."""
    return {
        "paused": limits.paused,
        "maxRunning": limits.max_running,
        "maxStartsPerSecond": limits.max_starts_per_second,
    }
