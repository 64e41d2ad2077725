"""What must hold of a job that waits for others, whatever breaks: a pure function, as those of `invariants`."""

from collections.abc import Iterator, Mapping, Sequence

from msgspec.json import decode

from shared.job import FINISHED, Job, OnChildFailure, Status
from tests.chaos.ledger import Run

GOES_ON = frozenset({OnChildFailure.CONTINUE, OnChildFailure.IGNORE})


def ended_after(parent: Job, children: Sequence[Job], runs: Mapping[str, Sequence[Run]]) -> Iterator[str]:
    """All have ended; the parent as theirs demand, not before them, and with all that came of them."""
    open_ones = [child.id for child in children if child.status not in FINISHED]
    if len(children) != parent.child_count or open_ones:
        yield f"{parent.id}: has {len(children)} of {parent.child_count} children, and {open_ones} have not ended."
    completed = [child for child in children if child.status is Status.COMPLETED]
    has_lost = len(completed) < len(children)
    is_child_failed = parent.error is not None and parent.error.code == "child_failed"
    if is_child_failed and (not has_lost or parent.on_child_failure in GOES_ON):
        yield f"{parent.id}: failed because of its children, though it {parent.on_child_failure}s and {has_lost=}."
    if parent.status is Status.COMPLETED:
        if has_lost and parent.on_child_failure not in GOES_ON:
            yield f"{parent.id}: completed, though a child has not."
        told = decode(parent.result)["children"]
        if told != len(completed):
            yield f"{parent.id}: was told what {told} children came to, but {len(completed)} have completed."
    yield from _too_early(parent, completed, runs)


def _too_early(parent: Job, completed: Sequence[Job], runs: Mapping[str, Sequence[Run]]) -> Iterator[str]:
    """It never ran before each of them had, to an end."""
    own = runs.get(parent.id, ())
    if not own:
        return
    began = min(run.started for run in own)
    for child in completed:
        ends = [run.ended for run in runs.get(child.id, ()) if run.how == "returned" and run.ended is not None]
        if not ends or min(ends) > began:
            yield f"{parent.id}: ran before {child.id} had ended."
