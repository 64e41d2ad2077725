"""Jobs, as they are answered: `views.py` makes them."""

from typing import Any

from marshmallow.fields import Field

from api_service.schemas.fields import (
    Answered,
    anything,
    choice,
    flag,
    instant,
    integer,
    mapping,
    number,
    part,
    parts,
    path,
    text,
    words,
)
from api_service.schemas.problems import ProblemSchema
from shared.job import OnChildFailure, Outcome, Priority, Status

ID = "01a20bd9-6453-76ed-b412-7526b44b1ca6"
WORKER = "host:4711:a1b2c3"


class ProgressSchema(Answered):
    """How far a job is."""

    percent = number("From 0 to 100.", 100)
    message = text("What it does, in its processor's words.", "")


class FailureSchema(Answered):
    """Why an attempt, or the whole job, failed."""

    code = text("Why, for programs; docs/glossary.md lists the codes.", "timeout")
    message = text("Why, for people.", "The attempt took longer than 30 s.")
    type = text("The exception's class, where there was one.", "ValueError", required=False)


class BackoffAnswerSchema(Answered):
    """How long to wait after a failure."""

    kind = text("exponential, linear or fixed.", "exponential")
    delay = number("Seconds after the first failure.", 1)
    max = number("The most seconds to wait.", 300)
    jitter = flag("Whether to wait for anything from nothing to that.", example=True)


class JobLinksSchema(Answered):
    """What can be done with the job as it stands."""

    self = path("The job.", f"/api/jobs/{ID}")
    cancel = path("POST cancels it.", f"/api/jobs/{ID}/cancel", required=False)
    retry = path("POST gives it all its attempts again.", f"/api/jobs/{ID}/retry", required=False)
    replay = path("POST submits another job like it.", f"/api/jobs/{ID}/replay", required=False)
    result = path("GET answers its result alone, of any size.", f"/api/jobs/{ID}/result", required=False)
    tree = path("GET answers all that it waits for.", f"/api/jobs/{ID}/tree")
    attempts = path("GET answers its runs alone.", f"/api/jobs/{ID}/attempts")
    logs = path("GET answers what its processor wrote down.", f"/api/jobs/{ID}/logs")


class ResultFileSchema(Answered):
    """A result that is too large for the job itself."""

    file_id = text("The file; GET /api/jobs/{id}/result answers it, too.", ID, data_key="fileId", format="uuid")
    size = integer("Bytes of JSON.", 1_048_576)


class AttemptSchema(Answered):
    """One run of a job by a worker."""

    number = integer("Counts runs, from 1.", 1)
    worker = text("The worker that ran it.", WORKER)
    started_at = instant("When it began.", data_key="startedAt")
    ended_at = instant("When it ended; null while it runs.", data_key="endedAt", allow_none=True)
    outcome = choice(Outcome, "How it ended; null while it runs.", "completed", allow_none=True)
    error = part(FailureSchema, "Why it failed.", allow_none=True, absent=True)


class JobBriefSchema(Answered):
    """A job in a list: without its payload, result and attempts."""

    id = text("The job.", ID, format="uuid")
    type = text("Its job type.", "calculation")
    status = choice(Status, "Where it stands; docs/glossary.md says who moves it on.", "completed")
    created_at = instant("When it was submitted.", data_key="createdAt")
    run_at = instant("When it is due.", data_key="runAt")
    started_at = instant("When its first attempt began.", data_key="startedAt", allow_none=True)
    completed_at = instant("When it ended.", data_key="completedAt", allow_none=True)
    expires_at = instant("When it will be removed.", data_key="expiresAt", allow_none=True)
    start_by = instant("When its first attempt must have begun.", None, data_key="startBy", allow_none=True)
    deadline_at = instant("When it must have ended.", None, data_key="deadlineAt", allow_none=True)
    cancel_requested_at = instant(
        "Since when its worker is asked to stop it.", None, data_key="cancelRequestedAt", allow_none=True
    )
    progress = part(ProgressSchema, "How far it is.", allow_none=True)
    error = part(FailureSchema, "Why it failed.", allow_none=True, absent=True)
    priority = choice(Priority, "Who goes first within a queue.", "normal")
    queue = text("Where it waits.", "default")
    tags = words("Labels by which jobs can be listed.", [])
    metadata = mapping("The caller's own, as it came.", None, allow_none=True)
    request_id = text(
        "X-Request-ID of the request that submitted it, if it had one.", None, data_key="requestId", allow_none=True
    )
    traceparent = text("The same of W3C's Trace Context.", None, allow_none=True)
    max_attempts = integer("How often it may fail.", 3, data_key="maxAttempts")
    timeout = number("Seconds that one attempt may take.", 30)
    heartbeat = number("Seconds that an attempt may run without telling of its progress.", None, allow_none=True)
    backoff = part(BackoffAnswerSchema, "How long to wait after a failure.", allow_none=True, absent=True)
    max_elapsed = number(
        "Seconds after its first start in which it may begin again.", None, data_key="maxElapsed", allow_none=True
    )
    keep_for = number("Seconds that it is kept once it has ended.", None, data_key="keepFor", allow_none=True)
    replay_of = text("The job whose work it does again.", None, data_key="replayOf", allow_none=True, format="uuid")
    schedule_id = text("The schedule that it is of.", None, data_key="scheduleId", allow_none=True, format="uuid")
    callback_url = text("Where its end is told.", None, data_key="callbackUrl", allow_none=True, format="uri")
    parent_id = text("The job that waits for it.", None, data_key="parentId", allow_none=True, format="uuid")
    children = words(
        "The jobs that it waits for, or did, in the order of their submission; the first thousand.", [], format="uuid"
    )
    child_count = integer("How many jobs it waits for, or did.", 0, data_key="childCount")
    on_child_failure = choice(
        OnChildFailure, "What becomes of it when one of them fails.", "fail", data_key="onChildFailure"
    )
    links = part(JobLinksSchema, "What can be done with it.")


class JobSchema(JobBriefSchema):
    """All there is to know of a job."""

    position = integer("How many jobs stand before it; of a job that waits.", None, allow_none=True, required=False)
    estimated_start_at = instant(
        "When it will start if its queue goes on as it did; of a job that waits.",
        None,
        data_key="estimatedStartAt",
        allow_none=True,
        required=False,
    )
    payload = mapping("What it works on, as it came.", {"operation": "complex", "numbers": [1, 2, 3, 4, 5]})
    result = anything(
        "What its processor returned; null until then. GET /api/job-types has the schema of each type.",
        {"sum": 15, "product": 120, "average": 3, "min": 1, "max": 5},
    )
    result_file = part(
        ResultFileSchema,
        "Where the result is, if it takes more than 256 KiB: then result is null here.",
        data_key="resultFile",
        allow_none=True,
        absent=True,
    )
    attempts = parts(AttemptSchema, "Its runs, in order.")


class EndedJobSchema(JobSchema):
    """A job that ended while its caller waited."""

    deduplicated = flag(
        "Whether this is an earlier job that stands for the one submitted.", example=True, required=False
    )


class AttemptsSchema(Answered):
    """The runs of a job."""

    attempts = parts(AttemptSchema, "The newest hundred, in order.")


class LogSchema(Answered):
    """Lines of a job's log."""

    lines = words("The lines, the oldest first.", ["Read 1,000 rows."])
    offset = integer("How many lines stand before these.", 0)
    total = integer("How many lines there are now.", 1)
    next_offset = integer(
        "The offset of the next page; null on the last.", None, data_key="nextOffset", allow_none=True
    )


class SubmittedSchema(Answered):
    """A job that the store holds."""

    message = text("For people.", "Job submitted successfully")
    job_id = text("The job.", ID, data_key="jobId", format="uuid")
    status = choice(Status, "Where it stands: pending, or scheduled if it is due later.", "pending")
    deduplicated = flag(
        "Whether this is an earlier job that stands for the one submitted.", example=True, required=False
    )


class ValidatedSchema(Answered):
    """What was sent could be submitted."""

    message = text("For people.", "The job is valid; nothing was submitted")


class ListedJobSchema(JobBriefSchema):
    """A job in a list, or those of its members that were asked for."""

    def on_bind_field(self, _: str, field: Field[Any]) -> None:
        """Any may be left out."""
        field.required = False


class JobsSchema(Answered):
    """A page of jobs."""

    jobs = parts(ListedJobSchema, "The jobs, in the order that was asked for.")
    next_page_token = text(
        "The pageToken of the next page; null on the last.", None, data_key="nextPageToken", allow_none=True
    )


class BatchEntrySchema(Answered):
    """What became of one job of a batch: an id and a status, or a problem."""

    job_id = text("The job.", ID, data_key="jobId", format="uuid", required=False)
    status = choice(Status, "Where it stands.", "pending", required=False)
    deduplicated = flag(
        "Whether this is an earlier job that stands for the one submitted.", example=True, required=False
    )
    problem = part(ProblemSchema, "Why it was refused.", required=False)


class BatchSubmittedSchema(Answered):
    """What became of each job of a batch."""

    message = text("For people.", "2 of 2 jobs submitted successfully")
    jobs = parts(BatchEntrySchema, "One entry for each job, in order.")
    completion = part(BatchEntrySchema, "The job that waits for all of them, if one was asked for.", required=False)
