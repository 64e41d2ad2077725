"""The requests that we send: `webhooks` of OpenAPI 3.1 (https://spec.openapis.org/oas/v3.1.1, section 4.8.1)."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from marshmallow import Schema

from api_service.bodies import JSON
from api_service.json_schema import example
from api_service.openapi.schemas import name_of, reference
from api_service.schemas.told import JobToldSchema, TestToldSchema
from shared.webhooks import EVENTS, TEST

_HEADERS = (
    ("webhook-id", "Names the event: the same however often it is sent."),
    ("webhook-timestamp", "When it is sent, in seconds since the epoch. Refuse what is older than five minutes."),
    ("webhook-signature", "`v1,` and HMAC-SHA256 of `id.timestamp.body` in base64; two while a secret rotates."),
)
_RESPONSES: Mapping[str, Any] = MappingProxyType(
    {
        "2XX": {"description": "It was taken. Answer so within ten seconds."},
        "410": {"description": "Nothing more is sent: the webhook is disabled."},
        "default": {"description": "It is sent again, for three days; not before `Retry-After`, up to six hours."},
    }
)


def webhooks() -> dict[str, Any]:
    """By the names of events."""
    of_jobs = {event: _request(f"A job is {event.removeprefix('job.')}.", JobToldSchema, event) for event in EVENTS}
    return {**of_jobs, TEST: _request("A test, which somebody has asked for.", TestToldSchema, TEST)}


def _request(summary: str, schema: type[Schema], event: str) -> dict[str, Any]:
    value = {**example(schema()), "type": event}
    return {
        "post": {
            "summary": summary,
            "security": [],
            "parameters": [
                {"name": name, "in": "header", "required": True, "description": text, "schema": {"type": "string"}}
                for name, text in _HEADERS
            ],
            "requestBody": {
                "description": "Standard Webhooks 1.0: type, timestamp, data.",
                "required": True,
                "content": {JSON: {"schema": reference(name_of(schema)), "examples": {event: {"value": value}}}},
            },
            "responses": dict(_RESPONSES),
        }
    }
