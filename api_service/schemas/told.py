"""What webhooks and callbacks are told: the bodies of the requests that we send."""

from api_service.schemas.fields import Answered, anything, choice, instant, mapping, part, path, text, words
from api_service.schemas.jobs import FailureSchema
from shared.job import Status

ID = "01a20bd9-6453-76ed-b412-7526b44b1ca6"


class ToldLinksSchema(Answered):
    """Where the job is to be found."""

    self = path("The job.", f"/api/jobs/{ID}")


class ToldJobSchema(Answered):
    """The job that something happened to. What need not be there is left out if the job had gone on, or was gone."""

    job_id = text("The job.", ID, data_key="jobId", format="uuid")
    status = choice(Status, "Where it stands.", "completed")
    type = text("Its type.", "calculation")
    queue = text("Where it waited.", "default")
    tags = words("Its tags.", [])
    links = part(ToldLinksSchema, "Where it is to be found.")
    created_at = instant("When it was submitted.", data_key="createdAt", required=False)
    started_at = instant("When it began.", data_key="startedAt", required=False, allow_none=True)
    completed_at = instant("When it ended.", data_key="completedAt", required=False, allow_none=True)
    metadata = mapping("The caller's own, as it came.", None, required=False, allow_none=True)
    error = part(FailureSchema, "Why it failed.", required=False, allow_none=True, absent=True)
    result = anything("Its result, of up to 64 KiB; a larger one is left out.", {"sum": 15}, required=False)


class JobToldSchema(Answered):
    """Something that happened to a job."""

    type = text("What happened: job., and the job's status.", "job.completed")
    timestamp = instant("When.")
    data = part(ToldJobSchema, "The job.")


class TestToldDataSchema(Answered):
    """Of the test."""

    webhook_id = text("The webhook that was tested.", ID, data_key="webhookId", format="uuid")
    message = text("For people.", "A test, which somebody has asked for.")


class TestToldSchema(Answered):
    """A test, which tells of no job."""

    type = text("What it is.", "webhook.test")
    timestamp = instant("When somebody asked for it.")
    data = part(TestToldDataSchema, "Of the test.")
