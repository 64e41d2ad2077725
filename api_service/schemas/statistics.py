"""Statistics, as they are answered."""

from api_service.schemas.fields import Answered, instant, integer, number, part, parts, text


class PercentilesSchema(Answered):
    """Seconds within which so many of a hundred jobs were; null if there were none."""

    p50 = number("Of half of them.", 0.012, allow_none=True)
    p95 = number("Of 95 in a hundred.", 0.08, allow_none=True)
    p99 = number("Of 99 in a hundred.", 0.2, allow_none=True)


class StatisticsPointSchema(Answered):
    """What became of jobs in one step of time."""

    at = instant("When it began.")
    submitted = integer("How many jobs were submitted.", 120)
    completed = integer("How many completed.", 117)
    failed = integer("How many failed for good.", 1)
    cancelled = integer("How many were cancelled.", 0)
    retried = integer("How many attempts failed that another follows.", 2)
    lost = integer("How many attempts were lost with their worker.", 0)
    wait = part(PercentilesSchema, "How long jobs had been due when a worker took them.")
    run = part(PercentilesSchema, "How long workers had them.")
    depth = integer(
        "How many were pending, at the step's last full minute; null if no worker looked.", 3, allow_none=True
    )
    oldest_wait = number(
        "How long the oldest of them had been due, in seconds.", None, data_key="oldestWait", allow_none=True
    )


class StatisticsSchema(Answered):
    """What became of a tenant's jobs, step by step."""

    window = text("The time that was asked for.", "hour")
    step = integer("Seconds of a point.", 60)
    points = parts(StatisticsPointSchema, "The oldest first; the last is not over.")
