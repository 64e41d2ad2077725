from marshmallow import Schema, fields

from shared.job_types import JobType
from shared.retry import RetryPolicy


class ScriptedPayload(Schema):
    """What each attempt does, one entry an attempt; the last is repeated."""

    attempts = fields.List(fields.Dict(), required=True, metadata={"example": [{"do": "return", "value": 1}]})
    ledger = fields.String(load_default="", metadata={"description": "A file to which each attempt adds a line."})


FAST = RetryPolicy(base=0.05, cap=0.05)

SCRIPTED = JobType("scripted", payload=ScriptedPayload, timeout=30, max_attempts=3, retry=FAST)
SCRIPTED_CHILD = JobType("scripted-child", payload=ScriptedPayload, timeout=30, max_attempts=3, retry=FAST)
NOOP = JobType("noop", payload=ScriptedPayload)
