"""From what a caller sent to a schedule, and how one is shown. Pure: the id and the time arrive as arguments."""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from msgspec import Raw
from msgspec.structs import replace

from api_service.answers import encode
from api_service.callbacks import NO_CALLBACKS, Callbacks
from api_service.decoding import json_members, json_object
from api_service.merging import merged
from api_service.problems import FieldError, Problem
from api_service.submissions import new_job
from api_service.validation import invalid, load
from api_service.views import job_path, number_or_none, rfc3339
from shared.job import NOTHING, Job
from shared.job_types import JobType
from shared.schedules import Entry, Schedule, begun, revised
from shared.schemas.schedules import NewScheduleSchema

PATH = "/api/schedules"
_SCHEDULE = NewScheduleSchema()
_NOT_OF_A_SCHEDULE = {
    "runAt": "A schedule says itself when its jobs run; delay may be given.",
    "dedup": "A schedule says by overlap what becomes of a tick while another job has not ended.",
}
_ONE_JOB = "A schedule says which one job there is at each tick."
_NEVER = "There is no tick, now or later (within fifty years)."


@dataclass(frozen=True)
class Rules:
    """What the job of a schedule is held against, as any job is."""

    job_types: Mapping[str, JobType]
    callbacks: Callbacks = NO_CALLBACKS


def new_schedule(text: bytes, rules: Rules, *, tenant: str, id: str, now: int) -> Schedule:
    """The schedule that a JSON text asks for. Raises a 4xx `Problem`."""
    schedule = begun(_read(text, rules, tenant=tenant, id=id, now=now), now)
    return _coming(schedule)


def changed_schedule(old: Schedule, patch: bytes, rules: Rules, now: int) -> Schedule:
    """A schedule as a JSON merge patch (RFC 7396) has it. Raises a 4xx `Problem`."""
    json_object(patch)
    text = bytes(merged(Raw(encode(_written(old))), Raw(patch)))
    new = revised(old, _read(text, rules, tenant=old.tenant, id=old.id, now=now), now)
    return new if new.timing == old.timing else _coming(new)


def present(schedule: Schedule) -> dict[str, Any]:
    """A schedule as callers see it."""
    path, last = f"{PATH}/{schedule.id}", schedule.last_job_id
    links = {"self": path, "next": f"{path}/next", "history": f"{path}/history"}
    return {
        "id": schedule.id,
        **_definition(schedule),
        "createdAt": rfc3339(schedule.created_at),
        "nextRunAt": rfc3339(schedule.next_run_at),
        "lastRunAt": rfc3339(schedule.last_run_at),
        "lastJobId": last or None,
        "waiting": len(schedule.waiting),
        "links": {**links, "lastJob": job_path(last)} if last else links,
    }


def mark(schedule: Schedule) -> str:
    """What stands in its ETag for how it was asked for; its ticks change the body, but not this."""
    return blake2b(encode(_definition(schedule)), digest_size=8).hexdigest()


def present_entry(entry: Entry) -> dict[str, Any]:
    """What became of a tick, as callers see it."""
    return {
        "tick": rfc3339(entry.tick),
        "at": rfc3339(entry.at),
        "outcome": entry.outcome,
        "until": rfc3339(entry.until),
        "jobId": entry.job_id,
        "error": entry.error,
        "byHand": entry.by_hand,
    }


def _read(text: bytes, rules: Rules, *, tenant: str, id: str, now: int) -> Schedule:
    members = json_object(text)
    asked, errors = load(_SCHEDULE, members)
    job, options = None, NOTHING
    if isinstance(members.get("job"), dict):
        written = json_members(text)["job"]
        options = json_members(bytes(written)).get("options", NOTHING)
        try:
            told, callbacks = bytes(written), rules.callbacks
            job = new_job(told, rules.job_types, tenant=tenant, id=id, now=0, callbacks=callbacks, pointer="/job")
            errors += _out_of_place(members["job"])
        except Problem as problem:
            if not problem.errors:
                raise
            errors += problem.errors
    if errors or job is None:
        raise invalid(errors)
    return _made(asked, job, options, now)


def _made(asked: Mapping[str, Any], job: Job, options: Raw, now: int) -> Schedule:
    facts = {name: value for name, value in asked.items() if name != "job"}
    facts |= {name: float(facts[name]) for name in ("every", "catch_up_window", "jitter") if name in facts}
    return Schedule(rev=1, id=job.id, tenant=job.tenant, created_at=now, job=job, options=options, **facts)


def _out_of_place(job: Mapping[str, Any]) -> list[FieldError]:
    """What makes no sense here."""
    flow = [FieldError(f"/job/{name}", "out_of_place", _ONE_JOB) for name in ("children", "dependsOn") if name in job]
    return flow + [
        FieldError(f"/job/options/{name}", "out_of_place", why)
        for name, why in _NOT_OF_A_SCHEDULE.items()
        if name in job.get("options", {})
    ]


def _coming(schedule: Schedule) -> Schedule:
    if schedule.next_run_at is not None:
        return schedule
    is_over = replace(schedule, end_at=None).timing.after(schedule.created_at) is not None
    raise invalid([FieldError("/endAt" if is_over else "/cron", "never", _NEVER)])


def _written(schedule: Schedule) -> dict[str, Any]:
    """As it might have been sent."""
    return {name: value for name, value in _definition(schedule).items() if value is not None}


def _definition(schedule: Schedule) -> dict[str, Any]:
    options = {} if bytes(schedule.options) == bytes(NOTHING) else {"options": schedule.options}
    return {
        "name": schedule.name or None,
        "cron": schedule.cron,
        "every": number_or_none(schedule.every),
        "timeZone": schedule.time_zone,
        "startAt": rfc3339(schedule.start_at),
        "endAt": rfc3339(schedule.end_at),
        "overlap": schedule.overlap,
        "catchUp": schedule.catch_up,
        "catchUpWindow": number_or_none(schedule.catch_up_window),
        "jitter": number_or_none(schedule.jitter),
        "paused": schedule.paused,
        "job": {"type": schedule.job.type, "payload": schedule.job.payload, **options},
    }
