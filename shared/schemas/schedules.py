"""What callers send to have jobs recur."""

from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, validate, validates_schema

from shared.schedules import CatchUp, Overlap
from shared.schemas.fields import Boolean, Number
from shared.schemas.listing import DecimalText, page_size_field, page_token_field
from shared.schemas.options import MAX_DELAY, Instant
from shared.ticks import NoSuchCron, check_cron, time_zones

MAX_NAME, LONGEST_CRON = 200, 256  # characters
MAX_JITTER = 86_400  # seconds
MOST_NEXT = 100
_TIME_ZONES = time_zones()
_ABOUT = {
    "name": "What people call it.",
    "cron": "Minute, hour, day of month, month, day of week; six fields begin with the second. Or `every`.",
    "every": "Seconds from tick to tick, counted from `startAt`, or from its creation. Or `cron`.",
    "timeZone": "The IANA time zone that `cron` goes by.",
    "startAt": "There is no tick before.",
    "endAt": "There is no tick after.",
    "overlap": "What becomes of a tick while the last job has not ended: skip, queue, cancelOld or allow.",
    "catchUp": "Which of the ticks are made up for that nobody took in time: none, one or all.",
    "catchUpWindow": "Seconds that a tick may lie back to be made up for.",
    "jitter": "Seconds by which the job of a tick may be late: anything up to that, by chance.",
    "paused": "Whether there are no ticks for now.",
    "job": "The job of each tick, as it would be submitted, but for `dedup` and `runAt`.",
}


def _about(name: str, example: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON value
    return {"description": _ABOUT[name], "example": example}


def _cron(cron: str) -> None:
    try:
        check_cron(cron)
    except NoSuchCron as error:
        raise ValidationError(
            f"Must be a cron expression of five fields, or six with seconds first. {error}"
        ) from error


def _time_zone(name: str) -> None:
    if name not in _TIME_ZONES:
        raise ValidationError("Must be a time zone of the IANA database, such as Europe/Berlin.")


def _seconds(name: str, least: int, most: int, example: int) -> Number:
    bounds = validate.Range(least, most, error="Must be between {min} and {max} seconds.")
    return Number(data_key=name, validate=bounds, metadata=_about(name, example))


class NewScheduleSchema(Schema):
    """A job that recurs."""

    class Meta:
        """A misspelt member is refused, never ignored."""

        unknown = RAISE
        json_schema = {"oneOf": [{"required": ["cron"]}, {"required": ["every"]}]}  # noqa: RUF012 - read by `api_service.json_schema`

    name = fields.String(
        validate=validate.Length(1, MAX_NAME, error="Must have {min} to {max} characters."),
        metadata=_about("name", "the daily report"),
    )
    cron = fields.String(
        validate=[validate.Length(1, LONGEST_CRON, error="Must have {min} to {max} characters."), _cron],
        metadata=_about("cron", "30 2 * * *"),
    )
    every = _seconds("every", 1, MAX_DELAY, 60)
    time_zone = fields.String(data_key="timeZone", validate=_time_zone, metadata=_about("timeZone", "Europe/Berlin"))
    start_at = Instant(data_key="startAt", metadata=_about("startAt", "2030-01-01T00:00:00Z"))
    end_at = Instant(data_key="endAt", metadata=_about("endAt", "2031-01-01T00:00:00Z"))
    overlap = fields.Enum(Overlap, by_value=True, metadata=_about("overlap", "skip"))
    catch_up = fields.Enum(CatchUp, by_value=True, data_key="catchUp", metadata=_about("catchUp", "one"))
    catch_up_window = _seconds("catchUpWindow", 0, MAX_DELAY, 86_400)
    jitter = _seconds("jitter", 0, MAX_JITTER, 30)
    paused = Boolean(metadata=_about("paused", example=False))
    job = fields.Dict(
        required=True,
        error_messages={"invalid": "Must be an object."},
        metadata=_about("job", {"type": "calculation", "payload": {"operation": "sum", "numbers": [1, 2]}}),
    )

    @validates_schema
    def _one_timing(self, asked: dict[str, Any], **_: Any) -> None:  # noqa: ANN401 - marshmallow's
        if ("cron" in asked) == ("every" in asked):
            raise ValidationError("Give either cron or every.", "cron")

    @validates_schema
    def _in_order(self, asked: dict[str, Any], **_: Any) -> None:  # noqa: ANN401 - marshmallow's
        if "start_at" in asked and "end_at" in asked and asked["end_at"] < asked["start_at"]:
            raise ValidationError("Must not lie before startAt.", "endAt")


class SchedulePatchSchema(Schema):
    """What is to be changed of a schedule: a member that is left out stays as it is, null is the default.

    Each is as in a new schedule; the schedule as it would be then is checked as a new one.
    """

    class Meta:
        """A misspelt member is refused, never ignored."""

        unknown = RAISE

    name = fields.Raw(metadata=_about("name", "the daily report"))
    cron = fields.Raw(metadata=_about("cron", "30 2 * * *"))
    every = fields.Raw(metadata=_about("every", None))
    time_zone = fields.Raw(data_key="timeZone", metadata=_about("timeZone", "Europe/Berlin"))
    start_at = fields.Raw(data_key="startAt", metadata=_about("startAt", None))
    end_at = fields.Raw(data_key="endAt", metadata=_about("endAt", None))
    overlap = fields.Raw(metadata=_about("overlap", "skip"))
    catch_up = fields.Raw(data_key="catchUp", metadata=_about("catchUp", "one"))
    catch_up_window = fields.Raw(data_key="catchUpWindow", metadata=_about("catchUpWindow", 86_400))
    jitter = fields.Raw(metadata=_about("jitter", 30))
    paused = fields.Raw(metadata=_about("paused", example=False))
    job = fields.Raw(metadata=_about("job", {"payload": {"numbers": [1, 2, 3]}}))


class SchedulesQuerySchema(Schema):
    """Which schedules."""

    class Meta:
        """A misspelt parameter is refused, never ignored."""

        unknown = RAISE

    page_size = page_size_field(50, 100, "schedules")
    page_token = page_token_field()


class NextQuerySchema(Schema):
    """How many ticks."""

    class Meta:
        """A misspelt parameter is refused, never ignored."""

        unknown = RAISE

    count = DecimalText(
        load_default=10,
        validate=validate.Range(1, MOST_NEXT, error="Must be between {min} and {max}."),
        metadata={"description": "How many ticks to tell.", "example": 10},
    )
