from marshmallow import Schema, fields

from shared.job_types import JobType


class HostilePayload(Schema):
    """What to do."""

    do = fields.String(required=True, metadata={"example": "spin"})
    pid_file = fields.String(load_default="", metadata={"description": "Where processes write their ids, a line each."})
    bytes = fields.Integer(load_default=0)


HOSTILE = JobType("hostile", payload=HostilePayload, timeout=20, max_attempts=1)
INNOCENT = JobType("innocent", payload=HostilePayload, timeout=20, max_attempts=1)
