"""Trees of jobs by chance."""

from collections.abc import Iterable
from dataclasses import dataclass

from hypothesis import strategies as st
from msgspec import Raw

from shared import lifecycle
from shared.ids import Ids
from shared.job import Job, OnChildFailure
from shared.job_types.calculation import CALCULATION
from worker_service.failures import Added


@dataclass(frozen=True)
class Plan:
    """A job to submit, with what it waits for."""

    policy: OnChildFailure
    max_attempts: int
    children: tuple["Plan", ...] = ()


def _of(below: st.SearchStrategy[tuple[Plan, ...]]) -> st.SearchStrategy[Plan]:
    return st.builds(Plan, st.sampled_from(OnChildFailure), st.integers(1, 3), below)


plans = _of(st.recursive(st.just(()), lambda below: st.lists(_of(below), max_size=3).map(tuple), max_leaves=4))


def child(number: int) -> Added:
    """What a job adds as it runs."""
    payload = b'{"operation":"sum","numbers":[%d]}' % number
    return Added(CALCULATION.name, Raw(payload), Raw(b'{"maxAttempts":2}'))


def jobs_of(plan: Plan, ids: Ids, now: int, on: Iterable[str] = (), parent: str | None = None) -> list[Job]:
    """Its jobs, each before the one that waits for it. The last depends `on` others, too."""
    id = ids.next(now)
    job = lifecycle.submit(
        id=id,
        type=CALCULATION.name,
        payload=Raw(b'{"operation":"sum","numbers":[1,2]}'),
        now=now,
        tenant="default",
        max_attempts=plan.max_attempts,
        timeout=30.0,
        on_child_failure=plan.policy,
        own_children=len(plan.children),
        depends_on=tuple(on),
        parent_id=parent,
    )
    return [*(one for child in plan.children for one in jobs_of(child, ids, now, parent=id)), job]
