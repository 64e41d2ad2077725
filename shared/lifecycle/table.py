"""The one table of transitions: which verb is allowed in which status, and where to it leads."""

from collections.abc import Mapping
from types import MappingProxyType

from shared.errors import IllegalTransition
from shared.job import QUEUED, Job, Status

_ENDS = frozenset({Status.CANCELLED})  # an attempt of a job that was cancelled meanwhile ends it, however it ended
_WAITS = frozenset({Status.PENDING, Status.SCHEDULED})  # by its time

TRANSITIONS: Mapping[str, Mapping[Status, frozenset[Status]]] = MappingProxyType(
    {
        "claim": {
            **dict.fromkeys(QUEUED, frozenset({Status.PROCESSING})),
            Status.PROCESSING: frozenset({Status.PROCESSING}),  # once its lease has lapsed
        },
        "recover": {Status.PROCESSING: frozenset({Status.PROCESSING, Status.FAILED}) | _ENDS},
        "complete": {Status.PROCESSING: frozenset({Status.COMPLETED}) | _ENDS},
        "fail": {Status.PROCESSING: frozenset({Status.RETRYING, Status.FAILED}) | _ENDS},
        "reject": {Status.PROCESSING: frozenset({Status.FAILED}) | _ENDS},
        "snooze": {Status.PROCESSING: frozenset({Status.SCHEDULED, Status.FAILED}) | _ENDS},
        "hand back": {Status.PROCESSING: frozenset({Status.PENDING}) | _ENDS},
        "wait": {Status.PROCESSING: frozenset({Status.BLOCKED, Status.FAILED}) | _ENDS},
        "release": {Status.BLOCKED: _WAITS},
        "cancel": {
            **dict.fromkeys(QUEUED | {Status.BLOCKED}, frozenset({Status.CANCELLED})),
            Status.PROCESSING: frozenset({Status.PROCESSING}),  # until it has ended
        },
        "give up": {
            **dict.fromkeys(QUEUED | {Status.BLOCKED}, frozenset({Status.FAILED})),
            Status.PROCESSING: frozenset({Status.FAILED}) | _ENDS,
        },
        "retry": {Status.FAILED: frozenset({Status.PENDING, Status.BLOCKED})},
        "amend": {
            Status.PENDING: _WAITS,
            Status.SCHEDULED: _WAITS,
            Status.RETRYING: frozenset({Status.RETRYING}),
            Status.BLOCKED: frozenset({Status.BLOCKED}),
            Status.PROCESSING: frozenset({Status.PROCESSING}),  # what does not concern its place
        },
    }
)


def check(verb: str, job: Job) -> None:
    """Raise `IllegalTransition` unless the verb is allowed in the job's status."""
    if job.status not in TRANSITIONS[verb]:
        raise IllegalTransition(verb, job.id, job.status)
