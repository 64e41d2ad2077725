"""The contracts of jobs that do nothing."""

from marshmallow import Schema

from shared.job_types import JobType
from shared.schemas.fields import Integer


class NoopPayload(Schema):
    """Nothing at all."""


class StampPayload(Schema):
    """When the job was submitted."""

    submitted_at = Integer(data_key="submittedAt", required=True, metadata={"description": "ns, monotonic clock"})


NOOP = JobType("noop", payload=NoopPayload)
NOOP_CHILD = JobType("noop-child", payload=NoopPayload)
STAMP = JobType("stamp", payload=StampPayload)
