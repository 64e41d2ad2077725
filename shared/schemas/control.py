"""What operators send to pause or limit a queue or a job type, as a JSON merge patch (RFC 7396)."""

from decimal import Decimal
from typing import Any

from marshmallow import RAISE, Schema, post_load, validate

from shared.schemas.fields import Boolean, Integer, Number

MAX_RUNNING = 1_000_000
MIN_STARTS, MAX_STARTS = Decimal("0.001"), 100_000  # a second


class LimitsPatchSchema(Schema):
    """What is to be changed: a member that is left out stays as it is, null removes it."""

    class Meta:
        """A misspelt member is refused, never ignored."""

        unknown = RAISE

    paused = Boolean(
        allow_none=True,
        metadata={"description": "Whether no job may begin. What runs ends.", "example": True},
    )
    max_running = Integer(
        data_key="maxRunning",
        allow_none=True,
        validate=validate.Range(1, MAX_RUNNING, error="Must be between {min} and {max}."),
        metadata={"description": "How many jobs may run at a time, on all workers together.", "example": 10},
    )
    max_starts_per_second = Number(
        data_key="maxStartsPerSecond",
        allow_none=True,
        validate=validate.Range(MIN_STARTS, MAX_STARTS, error="Must be between {min} and {max}."),
        metadata={
            "description": "How many jobs may begin in a second, on all workers together; a fraction, too.",
            "example": 5,
        },
    )

    @post_load
    def _by_names_on_the_wire(self, changes: dict[str, Any], **_: Any) -> dict[str, Any]:  # noqa: ANN401 - marshmallow's
        starts = changes.get("max_starts_per_second")
        numbers = {} if starts is None else {"max_starts_per_second": float(starts)}
        return {self.fields[name].data_key or name: value for name, value in {**changes, **numbers}.items()}
