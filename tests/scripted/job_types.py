from marshmallow import Schema, fields

from shared.job_types import JobType
from shared.retry import RetryPolicy


class ScriptedPayload(Schema):
    """What each attempt does, one entry an attempt; the last is repeated."""

    attempts = fields.List(fields.Dict(), required=True, metadata={"example": [{"do": "return", "value": 1}]})
    ledger = fields.String(load_default="", metadata={"description": "A file to which each attempt adds a line."})


FAST = RetryPolicy(delay=0.05, max=0.05)

BY_CLASS: dict[type[BaseException], RetryPolicy | None] = {LookupError: FAST, KeyError: None}

SCRIPTED = JobType("scripted", payload=ScriptedPayload, timeout=30, retry=FAST, retry_on=BY_CLASS)
SCRIPTED_CHILD = JobType("scripted-child", payload=ScriptedPayload, timeout=30, retry=FAST, retry_on=BY_CLASS)
NOOP = JobType("noop", payload=ScriptedPayload)
