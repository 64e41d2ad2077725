"""The same thing done with all jobs that fit, in the background."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import pytest
from msgspec import Raw
from msgspec.structs import replace
from redis import Redis

from api_service.bulk_actions import ACTABLE
from shared import lifecycle
from shared.ids import Ids
from shared.job import DEFAULT_TENANT, Job, JobError, Status
from shared.schemas.bulk import ACTIONS
from shared.settings import Settings
from shared.store import Change, Store, keys
from shared.store.bulks import Action, Bulk, BulkStatus, save, take
from tests.api_service.conftest import Client, Connect
from tests.api_service.fleet import claim
from tests.waiting import until

Submit = Callable[..., Awaitable[str]]
MakeJob = Callable[..., Job]
ERROR = JobError("exception", "It broke.")


async def bulk(client: Client, body: Mapping[str, Any], status: int = 202) -> Any:
    async with client.post("/api/bulk", json=body) as response:
        assert response.status == status, await response.text()
        answered = await response.json(content_type=None)
        if status == 202:
            assert response.headers["Location"] == answered["links"]["self"] == f"/api/bulk/{answered['id']}"
        return answered


async def read(client: Client, bulk_id: str) -> Any:
    async with client.get(f"/api/bulk/{bulk_id}") as response:
        assert response.status == 200
        return await response.json()


async def ended(client: Client, bulk_id: str) -> Any:
    async def look() -> Any:
        found = await read(client, bulk_id)
        return found if found["endedAt"] else None

    return await until(look, "the end of a bulk action")


async def do(client: Client, **body: Any) -> Any:
    return await ended(client, (await bulk(client, body))["id"])


def counts(answer: Mapping[str, Any]) -> tuple[int, int, int, int]:
    return tuple(answer[name] for name in ("matched", "done", "failed", "skipped"))


async def many(store: Store, new_job: MakeJob, number: int, **facts: Any) -> list[Job]:
    jobs = [new_job(now=store.now(), **facts) for _ in range(number)]
    await store.submit(jobs)
    return jobs


async def fail_all(store: Store) -> list[Job]:
    held = await claim(store, 1000)
    changes = [Change(job, lifecycle.reject(job, store.now(), ERROR)) for job in held]
    return [job for job in await store.write(changes) if job is not None]


async def statuses(client: Client, **params: str) -> list[str]:
    async with client.get("/api/jobs", params={"pageSize": "200", **params}) as response:
        return [job["status"] for job in (await response.json())["jobs"]]


def test_the_actions_are_what_the_store_calls_them() -> None:
    assert list(ACTIONS) == list(Action) == list(ACTABLE)


async def test_a_dry_run_counts_the_jobs_and_touches_none(client: Client, store: Store, new_job: MakeJob) -> None:
    await many(store, new_job, 7, tags=["a"])
    await many(store, new_job, 5)
    for filter, matched in (({"tag": ["a"]}, 7), ({"type": ["calculation"]}, 12), ({"status": ["failed"]}, 0)):
        answer = await bulk(client, {"action": "cancel", "filter": filter, "dryRun": True}, 200)
        assert answer == {"action": "cancel", "filter": filter, "matched": matched, "isExact": True}
    assert (await bulk(client, {"action": "retry", "all": True, "dryRun": True}, 200))["matched"] == 0
    assert await statuses(client) == ["pending"] * 12


async def test_all_jobs_that_fit_are_cancelled_in_the_background(
    client: Client, store: Store, new_job: MakeJob
) -> None:
    await many(store, new_job, 250, tags=["a"])
    await many(store, new_job, 3)
    answer = await bulk(client, {"action": "cancel", "filter": {"tag": ["a"]}})
    assert (answer["action"], answer["filter"], answer["matched"]) == ("cancel", {"tag": ["a"]}, 250)
    end = await ended(client, answer["id"])
    assert (end["status"], counts(end)) == ("completed", (250, 250, 0, 0))
    assert end["createdAt"] <= end["startedAt"] <= end["endedAt"]
    assert sorted(await statuses(client)) == ["cancelled"] * 197 + ["pending"] * 3


async def test_the_workers_of_jobs_that_run_are_told(
    client: Client, store: Store, new_job: MakeJob, redis: Redis
) -> None:
    await many(store, new_job, 3)
    held = await claim(store, 2)
    assert counts(await do(client, action="cancel", all=True)) == (3, 3, 0, 0)
    assert redis.llen(keys.ORDERS + "worker-1") == 2
    found = (await store.view(DEFAULT_TENANT, held[0].id)).job
    assert (found.status, found.cancel_requested_at is None) == (Status.PROCESSING, False)


async def test_failed_jobs_have_all_their_attempts_again(client: Client, store: Store, new_job: MakeJob) -> None:
    await many(store, new_job, 3)
    await fail_all(store)
    await many(store, new_job, 2)
    assert counts(await do(client, action="retry", filter={"status": ["failed", "completed"]})) == (3, 3, 0, 0)
    assert await statuses(client) == ["pending"] * 5
    assert len(await claim(store, 10)) == 5


async def test_finished_jobs_are_replayed_once_and_the_replays_are_not(
    client: Client, store: Store, new_job: MakeJob
) -> None:
    await many(store, new_job, 120)
    old = await fail_all(store)
    assert counts(await do(client, action="replay", all=True)) == (120, 120, 0, 0)
    async with client.get("/api/jobs", params={"status": "pending", "pageSize": "200"}) as response:
        jobs = (await response.json())["jobs"]
    assert sorted(job["replayOf"] for job in jobs) == sorted(job.id for job in old)


async def test_replayed_parents_wait_for_the_same_jobs(client: Client, store: Store, new_job: MakeJob) -> None:
    parent = new_job(now=store.now(), own_children=1)
    child = new_job(now=store.now(), parent_id=parent.id)
    await store.submit_at_once([child, parent])
    for _ in (child, parent):
        await fail_all(store)
    assert counts(await do(client, action="replay", all=True)) == (2, 2, 0, 0)
    async with client.get("/api/jobs", params={"status": "pending", "fields": "replayOf,children"}) as response:
        jobs = (await response.json())["jobs"]
    assert {job["replayOf"]: job["children"] for job in jobs} == {parent.id: [child.id], child.id: []}


async def test_what_would_not_be_valid_any_more_is_not_replayed(client: Client, store: Store, new_job: MakeJob) -> None:
    await many(store, new_job, 2)
    await many(store, new_job, 1, payload=Raw(b'{"operation":"nope","numbers":[1]}'))
    await fail_all(store)
    assert counts(await do(client, action="replay", filter={"status": ["failed"]})) == (3, 2, 1, 0)


async def test_finished_jobs_are_removed_and_others_are_not(client: Client, store: Store, new_job: MakeJob) -> None:
    await many(store, new_job, 130)
    await fail_all(store)
    await many(store, new_job, 2)
    assert counts(await do(client, action="delete", filter={"type": ["calculation"]})) == (130, 130, 0, 0)
    assert await statuses(client) == ["pending"] * 2


def begun(store: Store, action: Action = Action.CANCEL, **facts: Any) -> Bulk:
    """A bulk action as a process may have left it that is gone."""
    id = Ids(lambda _: 0).next(store.now() + 1_000)  # whatever is learned of the store's clock meanwhile
    defaults = {"filter": Raw(b"{}"), "status": BulkStatus.PROCESSING, "after": f"0:{id}", "started_at": store.now()}
    return Bulk(rev=0, id=id, tenant=DEFAULT_TENANT, action=action, created_at=store.now(), **{**defaults, **facts})


async def test_jobs_that_are_submitted_later_are_left_alone(client: Client, store: Store, new_job: MakeJob) -> None:
    await many(store, new_job, 2)
    waiting = begun(store, status=BulkStatus.PENDING)
    await store.submit([new_job(now=store.now() + 60_000)])
    await save(store.link, waiting, 0)
    assert counts(await ended(client, waiting.id)) == (2, 2, 0, 0)
    assert sorted(await statuses(client)) == ["cancelled", "cancelled", "pending"]


async def test_another_process_goes_on_once_the_lease_of_a_lost_one_has_lapsed(
    store: Store, new_job: MakeJob, connect: Connect, settings: Settings
) -> None:
    await many(store, new_job, 4)
    left = begun(store, matched=9, done=5)
    await save(store.link, left, 1_500)
    assert await take(store.link) is None
    client = await connect(settings)
    assert (await read(client, left.id))["done"] == 5
    assert counts(await ended(client, left.id)) == (9, 9, 0, 0)


@pytest.mark.parametrize("action", list(Action))
async def test_what_a_lost_process_had_in_hand_is_done_once_and_counted_once(
    client: Client, store: Store, new_job: MakeJob, redis: Redis, action: Action
) -> None:
    jobs = await many(store, new_job, 6)
    if action is not Action.CANCEL:
        await fail_all(store)
    revs = tuple([(await store.view(DEFAULT_TENANT, job.id)).job.rev for job in jobs])
    first = begun(store, action, filter=Raw(b'{"status":["failed","pending"]}'))
    await save(store.link, first, 0)
    await ended(client, first.id)
    total = len(await statuses(client))
    redis.delete(keys.bulk(DEFAULT_TENANT, first.id))  # it did all of it, but was lost before it could say so
    await save(store.link, replace(first, in_hand=tuple(job.id for job in jobs), revs=revs, is_last=True), 0)
    assert counts(await ended(client, first.id)) == (6, 6, 0, 0)
    assert len(await statuses(client)) == total


async def test_only_one_of_two_processes_goes_on(store: Store, new_job: MakeJob) -> None:
    one = await save(store.link, begun(store), 0)
    assert one is not None
    assert await take(store.link) == one
    assert await take(store.link) is None
    assert await save(store.link, one) is not None
    assert await save(store.link, replace(one, done=1)) is None


async def test_a_bulk_action_outlives_the_process_that_took_it(
    store: Store, new_job: MakeJob, connect: Connect, settings: Settings
) -> None:
    await many(store, new_job, 1_500)
    first, second = await connect(settings), await connect(settings)
    answer = await bulk(first, {"action": "cancel", "all": True})

    async def begins() -> bool:
        return (await read(second, answer["id"]))["startedAt"] is not None

    await until(begins, "the first steps")
    await first.close()
    assert counts(await ended(second, answer["id"])) == (1_500, 1_500, 0, 0)
    (queue,) = await store.queues()
    assert queue.depth == {Status.CANCELLED: 1_500}


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"action": "cancel"}, "/filter"),
        ({"action": "cancel", "filter": {}}, "/filter"),
        ({"action": "cancel", "filter": {"tag": []}}, "/filter/tag"),
        ({"action": "cancel", "filter": {}, "all": False}, "/filter"),
        ({"action": "explode", "all": True}, "/action"),
        ({"filter": {"type": ["a"]}}, "/action"),
        ({"action": "cancel", "filter": {"status": ["waiting"]}}, "/filter/status/0"),
        ({"action": "cancel", "filter": {"status": "failed"}}, "/filter/status"),
        ({"action": "cancel", "filter": {"createdAfter": "yesterday"}}, "/filter/createdAfter"),
        ({"action": "cancel", "filter": {"pageSize": 5}}, "/filter/pageSize"),
        ({"action": "cancel", "filter": None}, "/filter"),
        ({"action": "cancel", "all": "yes"}, "/all"),
        ({"action": "cancel", "all": True, "dryRun": 1}, "/dryRun"),
        ({"action": "cancel", "all": True, "more": 1}, "/more"),
    ],
)
async def test_a_bad_request_is_refused_by_its_place(client: Client, body: Any, pointer: str) -> None:
    answer = await bulk(client, body, 422)
    assert [error["pointer"] for error in answer["errors"]] == [pointer]


@pytest.mark.parametrize("bulk_id", ["nope", "01a20bd9-6453-76ed-b412-7526b44b1ca6"])
async def test_an_unknown_bulk_action_is_not_found(client: Client, bulk_id: str) -> None:
    async with client.get(f"/api/bulk/{bulk_id}") as response:
        assert response.status == 404
        assert (await response.json(content_type=None))["type"] == "/problems/bulk-action-not-found"


async def test_the_jobs_and_actions_of_another_tenant_are_left_alone(
    client: Client, store: Store, new_job: MakeJob
) -> None:
    (other,) = await many(store, new_job, 1, tenant="acme")
    await many(store, new_job, 1)
    theirs = replace(begun(store), tenant="acme", after="0:")  # which finds nothing
    await save(store.link, theirs, 0)
    assert counts(await do(client, action="cancel", all=True)) == (1, 1, 0, 0)
    assert (await store.view("acme", other.id)).job.status is Status.PENDING
    async with client.get(f"/api/bulk/{theirs.id}") as response:
        assert response.status == 404


async def test_a_fault_of_ours_ends_it_and_is_said(client: Client, store: Store) -> None:
    broken = begun(store, filter=Raw(b'{"no":"filter"}'), done=3)
    await save(store.link, broken, 0)
    answer = await ended(client, broken.id)
    assert (answer["status"], answer["done"]) == ("failed", 3)


async def test_nonsense_among_bulk_actions_holds_nothing_up(client: Client, redis: Redis) -> None:
    redis.zadd(keys.BULKS, {"nonsense": 1, "dmps:strange": 2})
    redis.rpush("dmps:strange", "no text")
    assert counts(await do(client, action="cancel", all=True)) == (0, 0, 0, 0)
    assert redis.zcard(keys.BULKS) == 0


async def test_a_key_that_is_not_heeded_is_refused(client: Client) -> None:
    body = {"action": "replay", "all": True}
    async with client.post("/api/bulk", json=body, headers={"Idempotency-Key": "k"}) as response:
        problem = await response.json(content_type=None)
        assert (response.status, problem["type"]) == (400, "/problems/idempotency-key-not-heeded")
