"""Job types, queues, workers and health, as they are answered."""

from api_service.schemas.fields import (
    Answered,
    anything,
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
from api_service.schemas.jobs import ID, WORKER, BackoffAnswerSchema
from shared.schemas.fields import Integer


class LimitsSchema(Answered):
    """What is paused or limited."""

    paused = flag("Whether no job may begin.", example=False)
    max_running = integer("How many jobs may run at a time.", None, data_key="maxRunning", allow_none=True)
    max_starts_per_second = number(
        "How many jobs may begin in a second.", None, data_key="maxStartsPerSecond", allow_none=True
    )


class JobTypeLimitsSchema(LimitsSchema):
    """What of a job type is paused or limited."""

    name = text("The job type.", "calculation")


class DefaultsSchema(Answered):
    """What holds for a job that does not say otherwise."""

    max_attempts = integer("How often it may fail.", 3, data_key="maxAttempts")
    timeout = number("Seconds that one attempt may take.", 30)
    queue = text("Where it waits.", "default")
    heartbeat = number("Seconds that an attempt may run without telling of its progress.", None, allow_none=True)


class JobTypeSchema(JobTypeLimitsSchema):
    """A job type: what it does, what it takes and returns."""

    summary = text("What it does.", "Compute figures of a list of numbers.")
    defaults = part(DefaultsSchema, "What holds for a job that does not say otherwise.")
    backoff = part(BackoffAnswerSchema, "How long to wait after a failure.")
    payload = mapping("The JSON Schema of its payload.", {"type": "object"})
    result = mapping("The JSON Schema of its result, where there is one.", {"type": "object"}, allow_none=True)
    example = anything("A payload.", {"operation": "complex", "numbers": [1, 2, 3, 4, 5]})


class JobTypesSchema(Answered):
    """Every job type that this service takes."""

    job_types = parts(JobTypeSchema, "By name.", data_key="jobTypes")


class SelfSchema(Answered):
    """Where to read more."""

    self = path("The thing itself.", "/api/queues/default")


class RatesSchema(Answered):
    """How many jobs a second came and left, over the last minute."""

    into = number("Came.", 12.5, data_key="in")
    out = number("Left.", 12.5)


class QueueSchema(LimitsSchema):
    """How a queue stands."""

    name = text("The queue.", "default")
    depth = mapping("How many jobs there are in each status.", {"pending": 3}, Integer())
    oldest_wait = number(
        "How long the oldest job that is due has waited.", None, data_key="oldestWaitSeconds", allow_none=True
    )
    rate = part(RatesSchema, "How fast it moves.", data_key="ratePerSecond")
    estimated_wait = number(
        "How long a job submitted now would wait.", None, data_key="estimatedWaitSeconds", allow_none=True
    )
    workers = integer("How many workers serve it.", 1)
    links = part(SelfSchema, "Where to read more.")


class QueuesSchema(Answered):
    """The queues that have jobs or limits or that a worker serves, and the default one."""

    queues = parts(QueueSchema, "By name.")


class JobLinkSchema(Answered):
    """Where to read more."""

    self = path("The job.", f"/api/jobs/{ID}")


class RunningJobSchema(Answered):
    """A job that a worker runs."""

    job_id = text("The job.", ID, data_key="jobId", format="uuid")
    type = text("Its job type.", "calculation")
    since = instant("Since when.")
    links = part(JobLinkSchema, "Where to read more.")


class WorkerBriefSchema(Answered):
    """A worker that lives."""

    id = text("The worker.", WORKER)
    host = text("The machine it runs on.", "host")
    pid = integer("Its process there.", 4711)
    types = words("The job types it serves.", ["calculation"])
    slots = integer("How many jobs it runs at a time.", 100)
    running = integer("How many it runs now.", 1)
    started_at = instant("When it started.", data_key="startedAt")


class DrainLinkSchema(Answered):
    """What can be done with a worker."""

    drain = path("POST has it take no more jobs, and end.", f"/api/workers/{WORKER}/drain")


class WorkerSchema(WorkerBriefSchema):
    """What a worker is and does."""

    version = text("Its version of dmps.", "0.1.0")
    queues = mapping("The queues it serves, with their weights.", {"default": 1}, Integer())
    jobs = parts(RunningJobSchema, "What it runs for the caller's tenant, the oldest first, at most 100.")
    memory = integer("Bytes of memory, without its children.", 50_000_000, allow_none=True)
    draining = flag("Whether it takes no more jobs.", example=False)
    links = part(DrainLinkSchema, "What can be done with it.")


class WorkersSchema(Answered):
    """The workers that were heard lately."""

    workers = parts(WorkerSchema, "By id.")


class LiveSchema(Answered):
    """The process runs."""

    status = text("Always live.", "live")


class ReadySchema(Answered):
    """The store answers."""

    status = text("Always ready.", "ready")
    workers = parts(WorkerBriefSchema, "The workers that live.", required=False)
    unserved_types = words(
        "Job types that no worker serves.", ["file-processing"], data_key="unservedJobTypes", required=False
    )
    unserved_queues = words("Queues in which jobs wait for nobody.", [], data_key="unservedQueues", required=False)
    warnings = words("What an operator should look at.", [], required=False)
