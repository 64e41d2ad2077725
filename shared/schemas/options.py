"""How a job is to be run: the `options` of a submission."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, post_load, validate, validates_schema

from shared.schemas.fields import Integer, List, Number

MAX_ATTEMPTS = 100
MIN_TIMEOUT, MAX_TIMEOUT = Decimal("0.1"), 86_400  # seconds
MAX_DELAY = 3_153_600_000  # seconds: a century, so that every time stays one that RFC 3339 can write
MAX_KEEP_FOR = 31_536_000  # seconds: a year
MAX_TAGS = 20
MAX_METADATA = 4096  # bytes of JSON, as it came

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LAST_INSTANT = 253_402_300_799_999  # ms: the end of the year 9999, the last that RFC 3339 can write
_RFC3339 = re.compile(r"\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:[Zz]|[+-]\d{2}:\d{2})", re.ASCII)


@dataclass(frozen=True)
class Options:
    """What the caller asked for; None where the job type or the lifecycle decides."""

    delay: float | None = None  # seconds
    run_at: int | None = None  # ms since the epoch
    max_attempts: int | None = None
    timeout: float | None = None  # seconds
    tags: tuple[str, ...] = ()
    keep_for: float | None = None  # seconds

    def due(self, now: int) -> int:
        """When the job is to run (ms since the epoch)."""
        if self.run_at is not None:
            return self.run_at
        return now + round((self.delay or 0.0) * 1000)


class Instant(fields.Field[int]):
    """An RFC 3339 date-time, which always has an offset, as ms since the epoch; what is finer is cut off."""

    default_error_messages = {  # noqa: RUF012 - as marshmallow declares it
        "invalid": "Must be an RFC 3339 time with an offset, such as 2030-01-31T12:00:00Z.",
        "late": "Must lie before the year 10000.",
    }

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> int:  # noqa: ANN401 - any JSON value
        if not isinstance(value, str) or not _RFC3339.fullmatch(value):
            raise self.make_error("invalid")
        try:
            instant = (datetime.fromisoformat(value.upper()) - _EPOCH) // timedelta(milliseconds=1)
        except ValueError as error:  # the 30th of February
            raise self.make_error("invalid") from error
        if instant > _LAST_INSTANT:
            raise self.make_error("late")
        return instant


def tag_field() -> fields.String:
    """One tag."""
    pattern = validate.Regexp(
        r"[A-Za-z0-9._:/@-]{1,64}\Z", error="Must be 1 to 64 letters, digits or any of . _ : / @ -"
    )
    return fields.String(validate=pattern, metadata={"example": "report:daily"})


class OptionsSchema(Schema):
    """How a job is to be run."""

    class Meta:
        """A misspelt option is refused, never ignored."""

        unknown = RAISE

    delay = Number(
        validate=validate.Range(0, MAX_DELAY, error="Must be between {min} and {max} seconds."),
        metadata={"description": "Seconds to wait before the first attempt. Not together with `runAt`.", "example": 60},
    )
    run_at = Instant(
        data_key="runAt",
        metadata={
            "description": "When to run. Not together with `delay`. A time in the past means now.",
            "example": "2030-01-31T12:00:00Z",
        },
    )
    max_attempts = Integer(
        data_key="maxAttempts",
        validate=validate.Range(1, MAX_ATTEMPTS, error="Must be between {min} and {max}."),
        metadata={"description": "How often a job may fail, the first time included.", "example": 3},
    )
    timeout = Number(
        validate=validate.Range(MIN_TIMEOUT, MAX_TIMEOUT, error="Must be between {min} and {max} seconds."),
        metadata={"description": "Seconds that one attempt may take.", "example": 30},
    )
    tags = List(
        tag_field(),
        max_length=MAX_TAGS,
        metadata={"description": "Labels by which jobs can be listed; each once.", "example": ["report:daily"]},
    )
    metadata = fields.Dict(
        error_messages={"invalid": "Must be an object."},
        metadata={
            "description": "An object of the caller's own, kept as it came, up to 4 KiB.",
            "example": {"by": "me"},
        },
    )
    keep_for = Number(
        data_key="keepFor",
        validate=validate.Range(0, MAX_KEEP_FOR, error="Must be between {min} and {max} seconds."),
        metadata={"description": "Seconds that the finished job is kept.", "example": 86_400},
    )

    @validates_schema
    def _one_time(self, options: dict[str, Any], **_: Any) -> None:  # noqa: ANN401 - marshmallow's
        if "delay" in options and "run_at" in options:
            raise ValidationError("Give either delay or runAt, not both.", "runAt")

    @validates_schema
    def _each_tag_once(self, options: dict[str, Any], **_: Any) -> None:  # noqa: ANN401 - marshmallow's
        tags = options.get("tags", [])
        if len(set(tags)) < len(tags):
            raise ValidationError("Each tag may be given only once.", "tags")

    @post_load
    def _as_options(self, options: dict[str, Any], **_: Any) -> Options:  # noqa: ANN401 - marshmallow's
        delay, timeout, keep_for = (_float(options.get(name)) for name in ("delay", "timeout", "keep_for"))
        return Options(
            delay=delay,
            run_at=options.get("run_at"),
            max_attempts=options.get("max_attempts"),
            timeout=timeout,
            tags=tuple(options.get("tags", ())),
            keep_for=keep_for,
        )


def _float(value: Any) -> float | None:  # noqa: ANN401 - a number of any kind
    return None if value is None else float(value)
