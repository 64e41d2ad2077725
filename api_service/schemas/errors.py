"""Groups of failed jobs, as they are answered: `failures.py` makes them."""

from api_service.schemas.fields import Answered, flag, instant, integer, part, parts, path, text
from api_service.schemas.jobs import ID, FailureSchema


class FailedJobLinksSchema(Answered):
    """Where the job is."""

    self = path("The job.", f"/api/jobs/{ID}")


class FailedJobSchema(Answered):
    """The newest job of a group."""

    job_id = text("The job.", ID, data_key="jobId", format="uuid")
    error = part(FailureSchema, "Why it failed, in its own words.")
    links = part(FailedJobLinksSchema, "Where it is.")


class ErrorGroupSchema(Answered):
    """Jobs of one type that failed of the same."""

    type = text("Their job type.", "calculation")
    code = text("Why, for programs; docs/glossary.md lists the codes.", "exception")
    exception = text("The exception's class, where there was one.", "ValueError", allow_none=True)
    message = text("Why, for people: # stands for numbers and ids, '...' for quoted values.", "no row #")
    count = integer("How many jobs.", 12)
    newest_at = instant("When the last of them failed.", data_key="newestAt")
    oldest_at = instant("When the first of them failed.", data_key="oldestAt")
    example = part(FailedJobSchema, "The newest of them.")


class ErrorsSchema(Answered):
    """What jobs failed of."""

    errors = parts(ErrorGroupSchema, "The groups, the largest first.")
    scanned = integer("How many failed jobs were looked at, the newest.", 12)
    complete = flag("Whether those were all.", example=True)
