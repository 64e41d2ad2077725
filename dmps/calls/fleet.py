"""What all tenants share: job types, queues, workers; and how the deployment is."""

from collections.abc import Sequence

from msgspec import UNSET, Struct, UnsetType

from dmps.calls.asking import act, change, fetch, path
from dmps.exchange import Plan
from dmps.models.fleet import Diagnosis, JobType, JobTypes, Limits, Queue, Queues, Worker, Workers


class Change(Struct, frozen=True, rename="camel"):
    """What is to be paused or limited; None removes a limit, what is left out stays."""

    paused: bool | UnsetType = UNSET
    max_running: int | UnsetType | None = UNSET
    max_starts_per_second: float | UnsetType | None = UNSET


def job_types() -> Plan[Sequence[JobType]]:
    """Every job type that the service takes."""
    return (yield from fetch(JobTypes, path("job-types"))).job_types


def queues() -> Plan[Sequence[Queue]]:
    """The queues that have jobs or limits or that a worker serves."""
    return (yield from fetch(Queues, path("queues"))).queues


def queue(name: str) -> Plan[Queue]:
    """One of them. Raises `NotFound`."""
    return fetch(Queue, path("queues", name))


def workers() -> Plan[Sequence[Worker]]:
    """The workers that were heard in the last ten seconds."""
    return (yield from fetch(Workers, path("workers"))).workers


def change_queue(name: str, to: Change) -> Plan[Queue]:
    """Pause a queue, resume or limit it, for all workers."""
    return change(Queue, path("queues", name), to)


def change_job_type(name: str, to: Change) -> Plan[Limits]:
    """Pause a job type, resume or limit it, for all workers."""
    return change(Limits, path("job-types", name), to)


def drain_worker(worker_id: str) -> Plan[Worker]:
    """Have a worker take no more jobs, and end once those that it runs have."""
    return act(Worker, path("workers", worker_id, "drain"))


def diagnose() -> Plan[Diagnosis]:
    """Look at the deployment: store, clocks, workers, disk. It takes the role admin."""
    return fetch(Diagnosis, path("diagnostics"))
