"""Submissions. Each goes out under an Idempotency-Key, so that one that is sent again is done once."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any
from uuid import uuid4

from msgspec import Struct

from dmps.calls.asking import JSON, path
from dmps.calls.waiting import OnEvent, wait
from dmps.encoding import encode
from dmps.errors import InvalidRequest, JobFailed, Problem
from dmps.exchange import Ask, Plan
from dmps.models.jobs import Entry, Job, Options, Submission, Submitted

MOST_JOBS = 1_000  # of a batch with a key
MOST_BYTES = 15 * 1024 * 1024  # of a batch: the API takes 16 MiB

AnyOptions = Options | Mapping[str, Any] | None


class _Entries(Struct):
    jobs: list[Entry]


def submit(
    type: str,
    payload: Any,  # noqa: ANN401 - what JSON can hold
    options: AnyOptions = None,
    *,
    children: Sequence[Submission] = (),
    depends_on: Sequence[str] = (),
    idempotency_key: str | None = None,
) -> Plan[Submitted]:
    """Submit a job. Returns once the store holds it. If it has `children`, or `depends_on` others, it waits for them.

    With an `idempotency_key` of your own it is submitted once for 24 hours, whoever sends it again, and whenever.
    """
    body = encode(_wire(Submission(type, payload, options or {}, children, depends_on)))
    answer = yield Ask("POST", path("jobs"), headers=_once(idempotency_key), body=body)
    return answer.read(Submitted)


def check(type: str, payload: Any, options: AnyOptions = None) -> Plan[None]:  # noqa: ANN401 - what JSON can hold
    """See whether a job would be taken; nothing is submitted. Raises `InvalidRequest`."""
    body = encode(_wire(Submission(type, payload, options or {})))
    yield Ask("POST", path("jobs"), (("validateOnly", "true"),), JSON, body)


def run(
    type: str,
    payload: Any,  # noqa: ANN401 - what JSON can hold
    options: AnyOptions = None,
    *,
    timeout: float | None = None,
    on_event: OnEvent | None = None,
) -> Plan[Job]:
    """Submit a job and wait for it to complete. Raises `JobFailed` if it ends otherwise, `NotInTime`."""
    submitted = yield from submit(type, payload, options)
    job = yield from wait(submitted.job_id, timeout=timeout, on_event=on_event)
    if job.status != "completed":
        raise JobFailed(job)
    return job


def submit_many(
    jobs: Iterable[Submission], *, atomic: bool = False, idempotency_key: str | None = None
) -> Plan[list[Entry]]:
    """Submit any number of jobs, a thousand a request. Answers an entry for each, in order.

    `atomic`: one bad job refuses all, with `InvalidRequest`; then there are at most a thousand. With a key of your own
    the same jobs, sent again in the same order, are submitted once. If a request fails for good, those before it are
    submitted.
    """
    batches = list(_batches(jobs)) if atomic else _batches(jobs)
    if isinstance(batches, list) and len(batches) > 1:
        detail = f"An atomic batch has at most {MOST_JOBS} jobs and {MOST_BYTES} bytes."
        raise InvalidRequest(Problem("Too many jobs", 413, detail))
    entries: list[Entry] = []
    for number, batch in enumerate(batches):
        body = b'{"jobs":[' + b",".join(batch) + b'],"atomic":' + (b"true" if atomic else b"false") + b"}"
        key = None if idempotency_key is None else f"{idempotency_key}-{number}"
        answer = yield Ask("POST", path("jobs", "batch"), headers=_once(key), body=body)
        entries += answer.read(_Entries).jobs
    return entries


def _batches(jobs: Iterable[Submission]) -> Iterator[list[bytes]]:
    """In JSON, as many in each as one request may have."""
    batch: list[bytes] = []
    size = 0
    for job in jobs:
        text = encode(_wire(job))
        if batch and (len(batch) == MOST_JOBS or size + len(text) > MOST_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(text)
        size += len(text) + 1
    if batch:
        yield batch


def _wire(job: Submission) -> dict[str, Any]:
    children = {"children": [_wire(child) for child in job.children]} if job.children else {}
    others = {"dependsOn": job.depends_on} if job.depends_on else {}
    return {"type": job.type, "payload": job.payload, "options": job.options, **children, **others}


def _once(key: str | None) -> dict[str, str]:
    """A key of the caller's, or a new one: the same for all tries of one call."""
    text = key if key is not None else str(uuid4())
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return {**JSON, "Idempotency-Key": f'"{escaped}"'}
