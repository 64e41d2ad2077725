"""Wait for the end of a job, and follow what happens to one or to many."""

import time
from collections.abc import Callable, Generator, Iterable
from typing import Any, TypeAlias, TypeVar

import msgspec

from dmps.calls.asking import path, query
from dmps.errors import DmpsError, NotInTime, NotUnderstood, Unreachable
from dmps.events import EventReader
from dmps.exchange import SILENCE, Answer, Ask, Flow, Item, Plan, Query, Read, Step
from dmps.models.jobs import Event, Job

OnEvent: TypeAlias = Callable[[Event], object]
V = TypeVar("V")

LONGEST_WAIT = 30.0  # seconds that one request waits
BEAT = 10.0  # seconds after which a stream that lives says so
RECONNECT = 1.0  # seconds until a stream that has broken off is opened again
LEAST = 0.1  # seconds of silence that a stream is granted
GONE = 204


def wait(job_id: str, *, timeout: float | None = None, on_event: OnEvent | None = None) -> Plan[Job]:
    """The job, once it has ended in whichever way. Raises `NotInTime` after `timeout` seconds.

    `on_event` is called for whatever happens meanwhile, its progress among it, beginning with its history.
    """
    deadline = _Deadline(job_id, timeout)
    if on_event is not None:
        flow = _follow(path("jobs", job_id, "events"), (), None, deadline, one=True)
        yield from _each(flow, on_event)
    pause = 0.0
    while True:
        seconds = int(min(LONGEST_WAIT, deadline.left))
        began = time.monotonic()
        asked = Ask("GET", path("jobs", job_id), headers={"Prefer": f"wait={seconds}"}, after=pause)
        job = (yield asked).read(Job)
        if job.has_ended:
            return job
        deadline.check()
        # A service that is about to end, or waits for no one, answers at once.
        pause = 0.0 if time.monotonic() - began > seconds / 2 > 0 else min(RECONNECT, deadline.left)


def follow_job(job_id: str, *, last_event_id: str | None = None) -> Flow[Event]:
    """What happens to a job, from its history on, until it has ended. A stream that breaks off is taken up again."""
    return _follow(path("jobs", job_id, "events"), (), last_event_id, _Deadline(job_id, None), one=True)


def follow(
    *,
    type: Iterable[str] = (),
    queue: Iterable[str] = (),
    tag: Iterable[str] = (),
    last_event_id: str | None = None,
) -> Flow[Event]:
    """What happens to all jobs of one of the types, one of the queues and with all of the tags; it does not end."""
    asked = query(type=type, queue=queue, tag=tag)
    return _follow(path("events"), asked, last_event_id, _Deadline("", None), one=False)


class _Deadline:
    """Until when the caller waits, by this machine's clock, which nobody sets."""

    def __init__(self, job_id: str, seconds: float | None) -> None:
        self._job_id = job_id
        self._seconds = seconds
        self._end = None if seconds is None else time.monotonic() + seconds

    @property
    def left(self) -> float:
        """Seconds, at least 0."""
        return float("inf") if self._end is None else max(0.0, self._end - time.monotonic())

    def check(self) -> None:
        """Raises `NotInTime` once it is over."""
        if self._seconds is not None and not self.left:
            raise NotInTime(self._job_id, self._seconds)


def _each(flow: Flow[Event], on_event: OnEvent) -> Plan[None]:
    """Run a flow within a plan: what it yields to its caller goes to a function instead."""
    step = next(flow, None)
    while step is not None:
        if isinstance(step, Item):
            on_event(step.value)
            step = next(flow, None)
            continue
        try:
            answer = yield step
        except DmpsError as error:
            step = _end(flow.throw, error)
        else:
            step = _end(flow.send, answer)


def _end(go_on: Callable[[V], Step | Item[Event]], value: V) -> Step | Item[Event] | None:
    """The next step, or None at the end."""
    try:
        return go_on(value)
    except StopIteration:
        return None


def _follow(where: str, asked: Query, last: str | None, deadline: _Deadline, *, one: bool) -> Flow[Event]:
    reader, pause, has_ended = EventReader(last or ""), 0.0, False
    while not has_ended:
        deadline.check()
        headers = {"Accept": "text/event-stream", **({"Last-Event-ID": reader.last_id} if reader.last_id else {})}
        within = min(SILENCE, max(LEAST, deadline.left))
        answer = yield Ask("GET", where, asked, headers, within=within, stream=True, after=pause)
        if answer.status == GONE:
            return
        pause = RECONNECT
        try:
            has_ended = yield from _read(reader, deadline, one=one)
        except Unreachable:  # it broke off
            reader.restart()


def _read(reader: EventReader, deadline: _Deadline, *, one: bool) -> Generator[Read | Item[Event], Answer, bool]:
    """The events of one connection. Answers whether there will be no more of them."""
    while piece := (yield Read()).body:
        for name, data in reader.feed(piece):
            event = _event(reader.last_id, name, data)
            yield Item(event)
            if one and event.is_end:
                return True
        deadline.check()
        if deadline.left < BEAT:  # the next piece may come too late: open it again, to be silent for so long at most
            return False
    return False


def _event(id: str, name: str, data: str) -> Event:
    try:
        return Event(id, name, msgspec.json.decode(data, type=dict[str, Any]))
    except msgspec.DecodeError as error:
        raise NotUnderstood(data.encode(), str(error)) from error
