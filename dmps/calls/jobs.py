"""Jobs: read, list and act on them."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import uuid4

from msgspec import UNSET, Struct, UnsetType

from dmps.calls.asking import JSON, act, change, fetch, path, query, remove
from dmps.calls.submitting import AnyOptions
from dmps.encoding import encode
from dmps.exchange import Again, Ask, Flow, Item, Plan, Query
from dmps.models.jobs import Job, JobBrief, JobPage, Log, Submitted, Tree

MOST_LINES = 1_000  # that a log has, and a page of it


class Amendment(Struct, frozen=True, rename="camel", omit_defaults=True):
    """What is to be changed of a job that has not ended; None is the default again."""

    priority: str | UnsetType | None = UNSET
    run_at: datetime | UnsetType | None = UNSET
    tags: list[str] | UnsetType | None = UNSET
    metadata: dict[str, Any] | UnsetType | None = UNSET


def get(job_id: str) -> Plan[Job]:
    """A job as it stands. Raises `NotFound`."""
    return fetch(Job, path("jobs", job_id))


def result(job_id: str) -> Plan[Any]:
    """The result of a job that has completed, however large it is. Raises `NotFound` for any other."""
    return fetch(object, path("jobs", job_id, "result"))


def cancel(job_id: str, *, subtree: bool = False) -> Plan[Job]:
    """Cancel a job. One that runs is still `processing` until its worker has stopped it. Raises `Conflict`.

    `subtree`: all that it waits for, too, but for what a job outside waits for.
    """
    return act(Job, path("jobs", job_id, "cancel"), _subtree(asked=subtree))


def retry(job_id: str, *, subtree: bool = False) -> Plan[Job]:
    """Give a failed job all its attempts again, with `subtree` all failed ones that it waits for, too.

    Raises `Conflict` unless it has failed.
    """
    return act(Job, path("jobs", job_id, "retry"), _subtree(asked=subtree), Again.IF_REFUSED)


def replay(
    job_id: str,
    payload: Any = UNSET,  # noqa: ANN401 - what JSON can hold
    options: AnyOptions = None,
    *,
    idempotency_key: str | None = None,
) -> Plan[Submitted]:
    """Submit another job like one that has ended, with another payload or other options if you say so."""
    body: dict[str, Any] = {} if payload is UNSET else {"payload": payload}
    if options is not None:
        body["options"] = options
    headers = {**JSON, "Idempotency-Key": f'"{idempotency_key or uuid4()}"'}
    answer = yield Ask("POST", path("jobs", job_id, "replay"), headers=headers, body=encode(body))
    return answer.read(Submitted)


def amend(job_id: str, amendment: Amendment) -> Plan[Job]:
    """Change a job that has not ended. Raises `Conflict` for one that has."""
    return change(Job, path("jobs", job_id), amendment)


def delete(job_id: str, *, subtree: bool = False) -> Plan[None]:
    """Remove a job that has ended, with all its traces, and `subtree` those for which it waited.

    Raises `Conflict` before it has.
    """
    return remove(path("jobs", job_id), _subtree(asked=subtree))


def tree(job_id: str) -> Plan[Tree]:
    """A job and those that it waits for, all the way down."""
    return fetch(Tree, path("jobs", job_id, "tree"))


def logs(job_id: str) -> Plan[Log]:
    """What a job's processor wrote: the newest thousand lines."""
    return fetch(Log, path("jobs", job_id, "logs"), query(pageSize=MOST_LINES))


def jobs(
    *,
    status: Iterable[str] = (),
    type: Iterable[str] = (),
    queue: Iterable[str] = (),
    tag: Iterable[str] = (),
    sort: str | None = None,
    page_size: int | None = None,
    **others: str,
) -> Flow[JobBrief]:
    """All jobs that fit, page by page as they are read: any of the statuses, types and queues, all of the tags.

    `others` are the API's further parameters by their own names: createdAfter, completedBefore, parentId, ...
    """
    asked = [*query(status=status, type=type, queue=queue, tag=tag, sort=sort, pageSize=page_size), *others.items()]
    token: str | None = ""
    while token is not None:
        page = yield from fetch(JobPage, path("jobs"), [*asked, ("pageToken", token)] if token else asked)
        for job in page.jobs:
            yield Item(job)
        token = page.next_page_token


def _subtree(*, asked: bool) -> Query:
    return query(subtree="true" if asked else None)
