"""Flows over HTTP: jobs with children, jobs that depend on others, batches with a completion, trees and subtrees."""

from typing import Any

import pytest
from msgspec import Raw

from shared import lifecycle
from shared.job import Status
from shared.store import Change, Store, trees
from tests.shared.store.claiming import ERROR, claim

LEAF = {"type": "calculation", "payload": {"operation": "sum", "numbers": [1, 2]}}
NOBODY = "01a20bd9-6453-76ed-b412-7526b44b1ca6"


def tree(*children: Any, **facts: Any) -> dict[str, Any]:
    return {**LEAF, "children": list(children), **facts}


async def post(client: Any, body: Any, path: str = "/api/jobs", status: int = 202) -> Any:
    answer = await client.post(path, json=body)
    assert answer.status == status, await answer.text()
    return await answer.json()


async def get(client: Any, path: str) -> Any:
    answer = await client.get(path)
    assert answer.status == 200
    return await answer.json()


async def nodes(client: Any, job_id: str) -> dict[str, Any]:
    return {node["id"]: node for node in (await get(client, f"/api/jobs/{job_id}/tree"))["jobs"]}


async def test_a_job_with_children_is_blocked_and_knows_them_in_order(client: Any) -> None:
    submitted = await post(client, tree(LEAF, tree(LEAF), options={"onChildFailure": "ignore"}))
    assert submitted["status"] == "blocked"
    job = await get(client, f"/api/jobs/{submitted['jobId']}")
    assert (job["childCount"], job["onChildFailure"], job["parentId"]) == (2, "ignore", None)
    first, second = [await get(client, f"/api/jobs/{id}") for id in job["children"]]
    assert (first["status"], first["parentId"], first["childCount"]) == ("pending", job["id"], 0)
    assert (second["status"], second["childCount"]) == ("blocked", 1)
    listed = await get(client, f"/api/jobs?parentId={job['id']}&fields=id,children")
    assert {each["id"]: each["children"] for each in listed["jobs"]} == {
        first["id"]: [],
        second["id"]: second["children"],
    }


async def test_a_tree_is_answered_with_its_statuses_and_counts(client: Any) -> None:
    root = (await post(client, tree(LEAF, tree(LEAF, LEAF))))["jobId"]
    answer = await get(client, f"/api/jobs/{root}/tree")
    assert (answer["id"], answer["counts"], answer["isWhole"]) == (root, {"blocked": 2, "pending": 3}, True)
    assert answer["jobs"][0]["id"] == root
    assert len(answer["jobs"]) == 5


async def test_a_job_that_several_wait_for_stands_once_in_a_tree(client: Any) -> None:
    shared = (await post(client, LEAF))["jobId"]
    one, two = [(await post(client, {**LEAF, "dependsOn": [shared]}))["jobId"] for _ in range(2)]
    top = (await post(client, {**LEAF, "dependsOn": [one, two]}))["jobId"]
    found = await nodes(client, top)
    assert {id: node["children"] for id, node in found.items()} == {
        top: [one, two],
        one: [shared],
        two: [shared],
        shared: [],
    }


async def test_ten_thousand_children_are_written_and_one_more_is_refused(client: Any) -> None:
    submitted = await post(client, tree(*[{"type": "calculation", "payload": LEAF["payload"]}] * 9_999))
    job = await get(client, f"/api/jobs/{submitted['jobId']}?")
    assert (job["status"], job["childCount"], len(job["children"])) == ("blocked", 9_999, 1_000)
    refused = await post(client, tree(*[LEAF] * 10_000), status=422)
    assert refused["errors"][0]["pointer"] == "/children"


async def test_a_thousand_jobs_may_wait_for_the_same_one_at_a_time(client: Any) -> None:
    shared = (await post(client, LEAF))["jobId"]
    waiting = {**LEAF, "dependsOn": [shared]}
    refused = await post(client, tree(*[waiting] * 1_001), status=422)
    assert refused["errors"][0] | {"detail": ""} == {
        "pointer": "/children/0/dependsOn/0",
        "code": "crowded_job",
        "detail": "",
    }
    crowd = (await post(client, tree(*[waiting] * 1_000)))["jobId"]
    batch = await post(client, {"jobs": [LEAF, waiting]}, path="/api/jobs/batch")
    assert batch["jobs"][1]["problem"]["errors"][0]["code"] == "crowded_job"
    await post(client, None, status=200, path=f"/api/jobs/{crowd}/cancel?subtree=true")
    await post(client, waiting)


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        (tree(LEAF, {**LEAF, "payload": {}}), "/children/1/payload/operation", "required"),
        (tree(tree({"type": "nothing", "payload": {}})), "/children/0/children/0/type", "unknown_type"),
        (tree({**LEAF, "options": {"dedup": {"key": "a"}}}), "/children/0/options/dedup", "conflict"),
        (tree(LEAF, options={"expiresIn": 5}), "/options/expiresIn", "conflict"),
        ({**LEAF, "children": {}}, "/children", "invalid"),
        ({**LEAF, "children": [1]}, "/children/0", "invalid"),
        ({**LEAF, "dependsOn": [NOBODY]}, "/dependsOn/0", "unknown_job"),
        (tree({**LEAF, "dependsOn": [NOBODY]}), "/children/0/dependsOn/0", "unknown_job"),
        ({**LEAF, "dependsOn": ["me"]}, "/dependsOn/0", "invalid"),
        ({**LEAF, "dependsOn": [NOBODY, NOBODY]}, "/dependsOn", "invalid"),
        ({**LEAF, "options": {"onChildFailure": "panic"}}, "/options/onChildFailure", "invalid"),
    ],
)
async def test_what_cannot_be_is_refused_with_its_place_and_nothing_is_submitted(
    client: Any, body: Any, pointer: str, code: str
) -> None:
    refused = await post(client, body, status=422)
    assert {"pointer": pointer, "code": code}.items() <= refused["errors"][0].items()
    assert (await get(client, "/api/jobs"))["jobs"] == []


async def test_all_mistakes_of_a_tree_are_told_together(client: Any) -> None:
    bad = {**LEAF, "payload": {}}
    refused = await post(client, tree(bad, LEAF, bad), status=422)
    places = {error["pointer"].removesuffix("/operation") for error in refused["errors"]}
    assert {"/children/0/payload", "/children/2/payload"} <= places


async def test_children_that_nest_too_deeply_are_refused(client: Any) -> None:
    body: dict[str, Any] = LEAF
    for _ in range(20):
        body = tree(body)
    assert (await post(client, body, status=400))["title"] == "JSON nested too deeply"


async def test_a_keyed_tree_is_submitted_once(client: Any) -> None:
    headers = {"Idempotency-Key": '"flow"'}
    first, again = [
        await (await client.post("/api/jobs", json=tree(LEAF, LEAF), headers=headers)).json() for _ in range(2)
    ]
    assert first == again
    assert len((await get(client, "/api/jobs"))["jobs"]) == 3
    many = await client.post("/api/jobs", json=tree(*[LEAF] * 1_000), headers={"Idempotency-Key": '"many"'})
    assert many.status == 422


async def test_a_tree_can_be_checked_without_being_submitted(client: Any) -> None:
    await post(client, tree(LEAF), "/api/jobs?validateOnly=true", 200)
    await post(client, tree({**LEAF, "dependsOn": [NOBODY]}), "/api/jobs?validateOnly=true", 422)
    assert (await get(client, "/api/jobs"))["jobs"] == []


async def test_the_completion_of_a_batch_waits_for_all_its_jobs(client: Any, store: Store) -> None:
    answer = await post(client, {"jobs": [LEAF, tree(LEAF)], "completion": LEAF}, "/api/jobs/batch")
    top = answer["completion"]
    assert top["status"] == "blocked"
    found = await nodes(client, top["jobId"])
    assert found[top["jobId"]]["children"] == [job["jobId"] for job in answer["jobs"]]
    assert len(found) == 4


@pytest.mark.parametrize(
    ("batch", "pointer"),
    [
        ({"jobs": [LEAF, {"type": "nothing", "payload": {}}], "completion": LEAF}, "/jobs/1/type"),
        ({"jobs": [LEAF], "completion": {"type": "nothing", "payload": {}}}, "/completion/type"),
        ({"jobs": [LEAF], "completion": tree(LEAF)}, "/completion/children"),
        ({"jobs": [LEAF], "completion": 1}, "/completion"),
    ],
)
async def test_a_batch_with_a_completion_is_all_or_nothing(client: Any, batch: Any, pointer: str) -> None:
    refused = await post(client, batch, "/api/jobs/batch", 422)
    assert refused["errors"][0]["pointer"] == pointer
    assert (await get(client, "/api/jobs"))["jobs"] == []


async def test_a_subtree_is_cancelled_but_for_what_others_wait_for(client: Any) -> None:
    shared = (await post(client, LEAF))["jobId"]
    root = (await post(client, tree(LEAF, {**LEAF, "dependsOn": [shared]})))["jobId"]
    other = (await post(client, {**LEAF, "dependsOn": [shared]}))["jobId"]
    assert (await post(client, {}, f"/api/jobs/{root}/cancel?subtree=true", 200))["status"] == "cancelled"
    found = await nodes(client, root)
    assert [node["status"] for id, node in found.items() if id != shared] == ["cancelled"] * 3
    assert found[shared]["status"] == "pending"
    assert (await get(client, f"/api/jobs/{other}"))["status"] == "blocked"


async def test_a_subtree_in_the_midst_of_a_tree_is_cancelled_though_a_job_waits_for_its_root(client: Any) -> None:
    root = (await post(client, tree(tree(LEAF, tree(LEAF)), LEAF, options={"onChildFailure": "ignore"})))["jobId"]
    middle, other = (await get(client, f"/api/jobs/{root}"))["children"]
    await post(client, {}, f"/api/jobs/{middle}/cancel?subtree=true", 200)
    below = set(await nodes(client, middle))
    found = {id: node["status"] for id, node in (await nodes(client, root)).items()}
    assert found == {root: "blocked", other: "pending", **dict.fromkeys(below, "cancelled")}


async def test_cancelling_a_parent_alone_leaves_its_children_alone(client: Any) -> None:
    root = (await post(client, tree(LEAF)))["jobId"]
    await post(client, {}, f"/api/jobs/{root}/cancel", 200)
    assert [node["status"] for node in (await nodes(client, root)).values()] == ["cancelled", "pending"]


async def fail_all(store: Store) -> None:
    for held in await claim(store, slots=100):
        await store.write([Change(held, lifecycle.reject(held, store.now(), ERROR))])


async def test_a_failed_subtree_is_retried_as_a_whole(client: Any, store: Store) -> None:
    root = (await post(client, tree(LEAF, LEAF)))["jobId"]
    await fail_all(store)
    await fail_all(store)
    assert {node["status"] for node in (await nodes(client, root)).values()} == {"failed"}
    again = await post(client, {}, f"/api/jobs/{root}/retry?subtree=true", 202)
    assert again["status"] == "blocked"
    assert [node["status"] for node in (await nodes(client, root)).values()] == ["blocked", "pending", "pending"]


async def test_each_job_of_a_subtree_is_retried_after_all_that_it_waits_for(client: Any, store: Store) -> None:
    """`low` stands on the same level of the tree as `high`, which waits for it by way of `middle`."""
    low = (await post(client, LEAF))["jobId"]
    middle = (await post(client, {**LEAF, "dependsOn": [low]}))["jobId"]
    high = (await post(client, {**LEAF, "dependsOn": [middle]}))["jobId"]
    top = (await post(client, {**LEAF, "dependsOn": [low, high]}))["jobId"]
    for _ in range(4):
        await fail_all(store)
    found = await trees.read(store.link, "default", top)
    assert await trees.exclusive(store.link, "default", found) == [top, high, middle, low]
    await post(client, {}, f"/api/jobs/{top}/retry?subtree=true", 202)
    assert [job.id for job in await claim(store, slots=100)] == [low]


async def test_a_replay_waits_for_the_same_jobs_and_runs_with_what_they_came_to(client: Any, store: Store) -> None:
    root = (await post(client, tree(LEAF, LEAF, options={"onChildFailure": "ignore"})))["jobId"]
    await fail_all(store)
    await fail_all(store)
    again = (await post(client, {}, f"/api/jobs/{root}/replay"))["jobId"]
    old, new = [await get(client, f"/api/jobs/{id}") for id in (root, again)]
    same = ("children", "childCount", "onChildFailure")
    assert {name: new[name] for name in same} == {name: old[name] for name in same}
    assert (new["replayOf"], new["status"]) == (root, "pending")


async def test_a_job_that_waited_for_too_many_is_not_replayed(client: Any, store: Store) -> None:
    root = (await post(client, tree(*[LEAF] * 1_001)))["jobId"]
    await post(client, {}, f"/api/jobs/{root}/cancel", 200)
    refused = await post(client, {}, f"/api/jobs/{root}/replay", 409)
    assert (refused["title"], "1,001 jobs" in refused["detail"]) == ("Subtree too large", True)


async def test_what_has_not_failed_is_not_retried_with_its_subtree_either(client: Any) -> None:
    root = (await post(client, tree(LEAF)))["jobId"]
    await post(client, {}, f"/api/jobs/{root}/retry?subtree=true", 409)


async def test_a_subtree_is_removed_once_all_of_it_has_ended(client: Any, store: Store) -> None:
    root = (await post(client, tree(LEAF, LEAF)))["jobId"]
    child = (await get(client, f"/api/jobs/{root}"))["children"][0]
    assert (await client.delete(f"/api/jobs/{root}?subtree=true")).status == 409
    (held, other) = await claim(store)
    await store.write([Change(held, lifecycle.complete(held, Raw(b"1"), store.now()))])
    refused = await client.delete(f"/api/jobs/{child}")
    assert (refused.status, (await refused.json())["title"]) == (409, "Job is waited for")
    await store.write([Change(other, lifecycle.reject(other, store.now(), ERROR))])
    await fail_all(store)
    assert (await client.delete(f"/api/jobs/{root}?subtree=true")).status == 204
    assert (await get(client, "/api/jobs"))["jobs"] == []


async def test_a_subtree_stays_as_a_whole_if_a_job_waits_for_its_root(client: Any, store: Store) -> None:
    root = (await post(client, tree(tree(LEAF), LEAF, options={"onChildFailure": "ignore"})))["jobId"]
    middle, other = (await get(client, f"/api/jobs/{root}"))["children"]
    await post(client, {}, f"/api/jobs/{middle}/cancel?subtree=true", 200)
    refused = await client.delete(f"/api/jobs/{middle}?subtree=true")
    assert (refused.status, (await refused.json())["title"]) == (409, "Job is waited for")
    assert len(await nodes(client, middle)) == 2
    await post(client, {}, f"/api/jobs/{root}/cancel", 200)
    assert (await client.delete(f"/api/jobs/{middle}?subtree=true")).status == 204
    assert {job["id"] for job in (await get(client, "/api/jobs"))["jobs"]} == {root, other}


@pytest.mark.parametrize("verb", ["cancel", "retry"])
async def test_a_misspelt_parameter_of_an_action_is_refused(client: Any, verb: str) -> None:
    job = (await post(client, LEAF))["jobId"]
    await post(client, {}, f"/api/jobs/{job}/{verb}?subtre=true", 422)
    await post(client, {}, f"/api/jobs/{job}/{verb}?subtree=yes", 422)


async def test_a_blocked_job_can_be_amended_and_goes_where_it_says_then(client: Any, store: Store) -> None:
    root = (await post(client, tree(LEAF)))["jobId"]
    changed = await client.patch(f"/api/jobs/{root}", json={"priority": "high", "tags": ["a"]})
    assert (changed.status, (await changed.json())["status"]) == (200, Status.BLOCKED)
    (held,) = await claim(store)
    await store.write([Change(held, lifecycle.complete(held, Raw(b"1"), store.now()))])
    assert [(job.id, job.priority) for job in await claim(store)] == [(root, "high")]
