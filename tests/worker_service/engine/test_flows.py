"""Flows on real workers: results go up, failures do what the parent asked for, and children may be added on the way."""

import json
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from msgspec import Raw
from msgspec import json as fast_json

from shared.job import Job, OnChildFailure, Outcome, Status
from shared.store import Store, families
from tests.processes import Fleet
from tests.waiting import until
from tests.worker_service.engine.observing import RECOVERY, RETURN, alive, ended, finished, written

Step = dict[str, Any]
Scripted = Callable[..., Job]
TOLD: Step = {"do": "told"}
FAIL: Step = {"do": "reject"}


@pytest.fixture
def scripted(store: Store, new_job: Callable[..., Job], ledger: Path) -> Scripted:
    def make(*attempts: Step, type: str = "scripted", **facts: Any) -> Job:
        payload = Raw(json.dumps({"attempts": attempts, "ledger": str(ledger)}).encode())
        return new_job(now=store.now(), type=type, payload=payload, **facts)

    return make


def result(job: Job) -> Any:
    return fast_json.decode(job.result)


def child(*attempts: Step, type: str = "scripted", **options: Any) -> Step:
    return {"type": type, "payload": {"attempts": attempts}, "options": options}


@pytest.mark.parametrize("type", ["scripted", "scripted-child"])
async def test_a_parent_runs_with_the_results_of_its_children_in_their_order(
    store: Store, shared_worker: Fleet, scripted: Scripted, type: str
) -> None:
    parent = scripted(TOLD, type=type, own_children=3)
    children = [scripted({"do": "return", "value": n}, parent_id=parent.id) for n in range(3)]
    await store.submit_at_once([*children, parent])
    done = await finished(store, parent)
    assert result(done) == {"results": [0, 1, 2], "failed": []}
    assert [attempt.outcome for attempt in done.attempts] == [Outcome.COMPLETED]


async def test_a_result_that_is_a_file_goes_up_like_any_other(
    store: Store, shared_worker: Fleet, scripted: Scripted
) -> None:
    parent = scripted(TOLD, own_children=1)
    large = scripted({"do": "large", "bytes": 300_000}, parent_id=parent.id)
    await store.submit_at_once([large, parent])
    done = await finished(store, parent)  # told of it, it has a large result itself
    assert done.result_file is not None
    assert done.result_file.bytes > 300_000


@pytest.mark.parametrize(
    ("policy", "status", "told"),
    [
        (OnChildFailure.CONTINUE, Status.COMPLETED, {"results": [1], "failed": ["rejected"]}),
        (OnChildFailure.IGNORE, Status.COMPLETED, {"results": [1], "failed": []}),
        (OnChildFailure.FAIL, Status.FAILED, None),
        (OnChildFailure.RETRY, Status.FAILED, None),
    ],
)
async def test_a_child_that_fails_does_to_its_parent_what_that_asked_for(
    store: Store, shared_worker: Fleet, scripted: Scripted, policy: OnChildFailure, status: Status, told: Any
) -> None:
    parent = scripted(TOLD, own_children=2, on_child_failure=policy, max_attempts=2)
    children = [scripted(step, parent_id=parent.id) for step in (FAIL, RETURN)]
    await store.submit_at_once([*children, parent])
    done = await finished(store, parent)
    assert (done.status, result(done)) == (status, told)
    if status is Status.FAILED:
        assert done.error is not None
        assert (done.error.code, done.attempts) == ("child_failed", ())
        assert children[0].id in done.error.message
    tries = len((await finished(store, children[0])).attempts)
    assert tries == (2 if policy is OnChildFailure.RETRY else 1)


async def test_a_child_that_succeeds_when_it_is_retried_lets_its_parent_run(
    store: Store, shared_worker: Fleet, scripted: Scripted
) -> None:
    parent = scripted(TOLD, own_children=1, on_child_failure=OnChildFailure.RETRY)
    await store.submit_at_once([scripted(FAIL, RETURN, parent_id=parent.id), parent])
    done = await finished(store, parent)
    assert (result(done)["results"], done.failures) == ([1], 1)


async def test_a_failure_goes_up_a_tree_and_no_further_than_where_it_is_ignored(
    store: Store, shared_worker: Fleet, scripted: Scripted
) -> None:
    top = scripted(TOLD, own_children=1, on_child_failure=OnChildFailure.IGNORE)
    middle = scripted(TOLD, own_children=1, parent_id=top.id)
    low = scripted(TOLD, own_children=1, parent_id=middle.id)
    await store.submit_at_once([scripted(FAIL, parent_id=low.id), low, middle, top])
    assert (await finished(store, top)).status is Status.COMPLETED
    assert [(await finished(store, job)).status for job in (low, middle)] == [Status.FAILED] * 2


@pytest.mark.parametrize("type", ["scripted", "scripted-child"])
async def test_a_running_job_adds_children_and_ends_with_their_results(
    store: Store, shared_worker: Fleet, scripted: Scripted, type: str
) -> None:
    added = [child({"do": "return", "value": n}, tags=["added"]) for n in range(3)]
    again = [child({"do": "return", "value": "more"}, type="scripted-child")]
    parent = scripted({"do": "add", "children": added}, {"do": "add", "children": again}, TOLD, type=type)
    await store.submit([parent])
    done = await finished(store, parent)
    assert result(done)["results"] == [0, 1, 2, "more"]
    assert [attempt.outcome for attempt in done.attempts] == [Outcome.WAITED, Outcome.WAITED, Outcome.COMPLETED]
    assert (done.failures, done.child_count, done.waits) == (0, 4, 2)
    ((first, *_),) = await families.children(store.link, "default", [parent.id])
    view = (await store.view("default", first)).job
    assert (view.parent_id, view.tags) == (parent.id, ("added",))


@pytest.mark.parametrize(
    "bad",
    [
        child(RETURN, type="no-such-type"),
        {"type": "scripted", "payload": {}},
        child(RETURN, maxAttempts=0),
        child(RETURN, dedup={"key": "a"}),
    ],
    ids=["type", "payload", "options", "dedup"],
)
async def test_a_child_that_cannot_be_fails_its_parent_for_good(
    store: Store, shared_worker: Fleet, scripted: Scripted, bad: Step
) -> None:
    parent = scripted({"do": "add", "children": [child(RETURN), bad]})
    await store.submit([parent])
    done = await finished(store, parent)
    assert done.error is not None
    assert (done.status, done.error.code) == (Status.FAILED, "invalid_child")
    assert "Child 1" in done.error.message
    assert await families.children(store.link, "default", [parent.id]) == [[]]


async def test_an_attempt_that_is_made_again_adds_equal_children_once(
    store: Store, processes: Fleet, scripted: Scripted, ledger: Path
) -> None:
    """Its worker is killed while the children run and the parent waits; another one takes over whatever it held."""
    added = [child({"do": "sleep", "seconds": 60}, RETURN)]
    parent = scripted({"do": "add", "children": added}, TOLD)
    await store.submit([parent])
    worker = processes.start()
    await written(ledger, 1)
    await until_held(store, parent)
    worker.send_signal(signal.SIGKILL)
    await ended(worker)
    await alive(store, processes.start())
    done = await finished(store, parent, within=RECOVERY + 10)
    assert (result(done)["results"], done.child_count) == ([1], 1)


async def until_held(store: Store, parent: Job) -> None:
    async def look() -> bool:
        ((*ids,),) = await families.children(store.link, "default", [parent.id])
        found = await families.heads(store.link, "default", ids)
        if (await store.view("default", parent.id)).job.status is not Status.BLOCKED:
            return False
        return bool(ids) and all(status is Status.PROCESSING for status, _ in found.values())

    await until(look, "the child to run, and its parent to wait")
