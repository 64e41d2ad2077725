"""Schedules, as they are answered."""

from marshmallow import fields

from api_service.schemas.fields import (
    Answered,
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
)
from api_service.schemas.jobs import ID
from shared.schedules import CatchUp, Overlap, Taken

SCHEDULE = "01a20bd9-5c10-7a41-8d2f-39c5e1d7f6a2"


class ScheduleLinksSchema(Answered):
    """Where to read more, and what can be done with it."""

    self = path("The schedule.", f"/api/schedules/{SCHEDULE}")
    next = path("Its next ticks.", f"/api/schedules/{SCHEDULE}/next")
    history = path("What became of its ticks.", f"/api/schedules/{SCHEDULE}/history")
    last_job = path("Its last job.", f"/api/jobs/{ID}", data_key="lastJob", required=False)


class ScheduleSchema(Answered):
    """A job that recurs."""

    id = text("The schedule.", SCHEDULE, format="uuid")
    name = text("What people call it.", "the daily report", allow_none=True)
    cron = text("When its ticks are, or null: `every`.", "30 2 * * *", allow_none=True)
    every = number("Seconds from tick to tick, or null: `cron`.", None, allow_none=True)
    time_zone = text("The IANA time zone that `cron` goes by.", "Europe/Berlin", data_key="timeZone")
    start_at = instant("There is no tick before.", None, data_key="startAt", allow_none=True)
    end_at = instant("There is no tick after.", None, data_key="endAt", allow_none=True)
    overlap = choice(Overlap, "What becomes of a tick while the last job has not ended.", "skip")
    catch_up = choice(
        CatchUp, "Which of the ticks are made up for that nobody took in time.", "one", data_key="catchUp"
    )
    window = number("Seconds that a tick may lie back to be made up for.", 86_400, data_key="catchUpWindow")
    jitter = number("Seconds by which the job of a tick may be late.", 0)
    paused = flag("Whether there are no ticks for now.", example=False)
    job = mapping("The job of each tick, as it was written.", {"type": "calculation", "payload": {}})
    created_at = instant("When it was made.", data_key="createdAt")
    next_run_at = instant("Its next tick; null after the last.", data_key="nextRunAt", allow_none=True)
    last_run_at = instant("The last tick that had a job.", None, data_key="lastRunAt", allow_none=True)
    last_job_id = text("The job of that tick.", None, data_key="lastJobId", allow_none=True, format="uuid")
    waiting = integer("How many ticks wait for the last job to end.", 0)
    links = part(ScheduleLinksSchema, "Where to read more, and what can be done with it.")


class SchedulesSchema(Answered):
    """A page of schedules."""

    schedules = parts(ScheduleSchema, "The newest first.")
    next_page_token = text("Where the next page begins.", None, data_key="nextPageToken", allow_none=True)


class NextTicksSchema(Answered):
    """The next ticks of a schedule."""

    times = fields.List(
        instant("A tick.", required=False),
        required=True,
        metadata={"description": "The earliest first; fewer than asked for if it ends.", "example": []},
    )


class EntrySchema(Answered):
    """What became of a tick."""

    tick = instant("The tick.")
    at = instant("When it was taken.")
    outcome = choice(Taken, "What became of it.", "submitted")
    until = instant("Of ticks that were missed: until then, all were.", None, allow_none=True)
    job_id = text("The job that was submitted.", ID, data_key="jobId", allow_none=True, format="uuid")
    error = text("Why it failed.", None, allow_none=True)
    by_hand = flag("Whether somebody asked for it, beside all ticks.", data_key="byHand", example=False)


class HistorySchema(Answered):
    """What became of the ticks of a schedule."""

    entries = parts(EntrySchema, "The newest first, two hundred at most.")
