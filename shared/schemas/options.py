"""How a job is to be run: the `options` of a submission."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from typing import Any, get_args

from marshmallow import RAISE, Schema, ValidationError, fields, post_load, validate, validates_schema

from shared.address_gate import LONGEST_URL
from shared.job import OnChildFailure, Priority
from shared.names import NAME, NAME_RULE, OUR_QUEUES, is_queue
from shared.retry import LONGEST_DELAY, Kind, RetryPolicy
from shared.schemas.fields import Boolean, Integer, List, Number

MAX_ATTEMPTS = 100
MIN_TIMEOUT, MAX_TIMEOUT = Decimal("0.1"), 86_400  # seconds
MAX_BACKOFF = int(LONGEST_DELAY)  # seconds
MAX_DELAY = 3_153_600_000  # seconds: a century, so that every time stays one that RFC 3339 can write
MAX_KEEP_FOR = 31_536_000  # seconds: a year
MAX_TAGS = 20
MAX_KEY = 200  # characters
MAX_METADATA = 4096  # bytes of JSON, as it came

_TAKEN = " or ".join(sorted(OUR_QUEUES))
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LAST_INSTANT = 253_402_300_799_999  # ms: the end of the year 9999, the last that RFC 3339 can write
_RFC3339 = re.compile(r"\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:[Zz]|[+-]\d{2}:\d{2})", re.ASCII)


@dataclass(frozen=True)
class Dedup:
    """By what a job stands for others, and for how many seconds; None: until it has ended."""

    key: str
    seconds: float | None = None

    @property
    def hash(self) -> str:
        """The key as the store has it."""
        return sha256(self.key.encode()).hexdigest()[:32]


@dataclass(frozen=True)
class Options:
    """What the caller asked for; None where the job type or the lifecycle decides."""

    delay: float | None = None  # seconds
    run_at: int | None = None  # ms since the epoch
    max_attempts: int | None = None
    timeout: float | None = None  # seconds
    tags: tuple[str, ...] = ()
    keep_for: float | None = None  # seconds
    queue: str | None = None
    priority: Priority = Priority.NORMAL
    backoff: RetryPolicy | None = None
    max_elapsed: float | None = None  # seconds
    expires_in: float | None = None  # seconds
    deadline: float | None = None  # seconds
    heartbeat: float | None = None  # seconds
    dedup: Dedup | None = None
    on_child_failure: OnChildFailure = OnChildFailure.FAIL
    callback_url: str | None = None

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
    return fields.String(validate=pattern, metadata={"description": "A tag of the job.", "example": "report:daily"})


def url_field(description: str, *, key: str = "url", required: bool = False) -> fields.String:
    """A URL that we are to call. Whether it may be is the operator's to say (`shared.address_gate`)."""
    return fields.String(
        data_key=key,
        required=required,
        validate=validate.Length(1, LONGEST_URL, error="Must have {min} to {max} characters."),
        metadata={"description": description, "example": "https://example.org/hook", "format": "uri"},
    )


def _seconds(name: str, least: Decimal | int, most: int, description: str, example: int) -> Number:
    """A duration."""
    bounds = validate.Range(least, most, error="Must be between {min} and {max} seconds.")
    return Number(data_key=name, validate=bounds, metadata={"description": description, "example": example})


def _queue_name(name: str) -> None:
    if not is_queue(name):
        raise ValidationError(f"Must be {NAME_RULE}, and not {_TAKEN}.")


class BackoffSchema(Schema):
    """How long to wait after a failure."""

    class Meta:
        """A misspelt member is refused, never ignored."""

        unknown = RAISE

    kind = fields.String(
        required=True,
        validate=validate.OneOf(get_args(Kind)),
        metadata={"description": "exponential, linear or fixed.", "example": "exponential"},
    )
    delay = _seconds("delay", 0, MAX_BACKOFF, "Seconds after the first failure.", 1)
    max = _seconds("max", 0, MAX_BACKOFF, "The most seconds to wait.", 300)
    jitter = Boolean(
        metadata={"description": "Whether to wait for anything from nothing to that. True by default.", "example": True}
    )

    @post_load
    def _as_policy(self, policy: dict[str, Any], **_: Any) -> RetryPolicy:  # noqa: ANN401 - marshmallow's
        numbers: dict[str, Any] = {name: float(policy[name]) for name in ("delay", "max") if name in policy}
        try:
            return RetryPolicy(**{**policy, **numbers})
        except ValueError as error:
            raise ValidationError("Must not be less than delay.", "max") from error


class DedupSchema(Schema):
    """By what a job stands for others."""

    class Meta:
        """A misspelt member is refused, never ignored."""

        unknown = RAISE

    key = fields.String(
        required=True,
        validate=validate.Length(1, MAX_KEY, error="Must have {min} to {max} characters."),
        metadata={"description": "What jobs that stand for each other have in common.", "example": "invoice:4711"},
    )
    seconds = _seconds(
        "for", MIN_TIMEOUT, MAX_DELAY, "Seconds after its submission; if left out, until it has ended.", 3600
    )

    @post_load
    def _as_dedup(self, asked: dict[str, Any], **_: Any) -> Dedup:  # noqa: ANN401 - marshmallow's
        seconds = asked.get("seconds")
        return Dedup(asked["key"], None if seconds is None else float(seconds))


class OptionsSchema(Schema):
    """How a job is to be run."""

    class Meta:
        """A misspelt option is refused, never ignored."""

        unknown = RAISE
        json_schema = {"not": {"required": ["delay", "runAt"]}}  # noqa: RUF012 - read by `api_service.json_schema`

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
        metadata={
            "description": "Labels by which jobs can be listed; each once.",
            "example": ["report:daily"],
            "uniqueItems": True,
        },
    )
    metadata = fields.Dict(
        error_messages={"invalid": "Must be an object."},
        metadata={
            "description": "An object of the caller's own, kept as it came, up to 4 KiB.",
            "example": {"by": "me"},
        },
    )
    keep_for = _seconds("keepFor", 0, MAX_KEEP_FOR, "Seconds that the finished job is kept.", 86_400)
    queue = fields.String(
        validate=_queue_name,
        metadata={
            "description": "The queue to wait in. A job type has a default.",
            "example": "default",
            "pattern": f"^{NAME.pattern}$",
            "not": {"enum": sorted(OUR_QUEUES)},
        },
    )
    priority = fields.Enum(
        Priority,
        by_value=True,
        metadata={"description": "Who goes first within a queue: high, normal or low.", "example": "normal"},
    )
    backoff = fields.Nested(
        BackoffSchema, metadata={"description": "How long to wait after a failure. A job type has a default."}
    )
    max_elapsed = _seconds(
        "maxElapsed", 0, MAX_DELAY, "Seconds after its first start in which a failed job may begin again.", 3600
    )
    expires_in = _seconds(
        "expiresIn", MIN_TIMEOUT, MAX_DELAY, "Seconds that the job may wait for its first attempt once it is due.", 600
    )
    deadline = _seconds(
        "deadline", MIN_TIMEOUT, MAX_DELAY, "Seconds from now after which the job fails, whatever it is at.", 3600
    )
    heartbeat = _seconds(
        "heartbeat", MIN_TIMEOUT, MAX_TIMEOUT, "Seconds that an attempt may run without telling of its progress.", 10
    )

    dedup = fields.Nested(
        DedupSchema,
        metadata={"description": "While a job of that key has not ended, it is answered in place of a new one."},
    )

    on_child_failure = fields.Enum(
        OnChildFailure,
        by_value=True,
        data_key="onChildFailure",
        metadata={
            "description": "What becomes of the job when one that it waits for has failed, or was cancelled: fail, too;"
            " continue, and be told; ignore it; or retry it, which counts as a failure of its own.",
            "example": "fail",
        },
    )
    callback_url = url_field("Where to tell how the job ended (docs/webhooks.md).", key="callbackUrl")

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
        numbers = {name: float(value) for name, value in options.items() if name in _DURATIONS}
        asked = {**options, **numbers, "tags": tuple(options.get("tags", ()))}
        asked.pop("metadata", None)  # which is kept as it was written
        return Options(**asked)


_DURATIONS = frozenset({"delay", "timeout", "keep_for", "max_elapsed", "expires_in", "deadline", "heartbeat"})
