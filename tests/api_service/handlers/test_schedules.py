"""Schedules over HTTP."""

from typing import Any

import pytest
from msgspec.structs import replace

from shared.job import DEFAULT_TENANT
from shared.schedules import Step, take
from shared.store import Store
from shared.store.schedules import find, save
from tests.api_service.conftest import COMPLEX, Client

JOB = {**COMPLEX, "options": {"tags": ["nightly"], "delay": 5, "metadata": {"by": "me"}}}
NIGHTLY = {"name": "report", "cron": "30 2 * * *", "timeZone": "Europe/Berlin", "overlap": "queue", "job": JOB}
UNKNOWN = "01a20bd9-6453-76ed-b412-7526b44b1ca6"


async def ask(client: Client, method: str, path: str, status: int, body: Any = None, **headers: str) -> Any:
    sent = {} if body is None else {"json": body}
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    async with client.request(method, f"/api/schedules{path}", headers=named, **sent) as response:
        assert response.status == status, await response.text()
        return await response.json(content_type=None)


async def create(client: Client, status: int = 201, **facts: Any) -> Any:
    return await ask(client, "POST", "", status, {**NIGHTLY, **facts})


def places(problem: Any) -> list[tuple[str, str]]:
    return [(error["pointer"], error["code"]) for error in problem["errors"]]


async def test_a_schedule_is_made_read_listed_and_removed(client: Client) -> None:
    made = await create(client)
    assert {name: made[name] for name in NIGHTLY} == NIGHTLY
    assert made["nextRunAt"].endswith(("T00:30:00.000Z", "T01:30:00.000Z"))
    path = f"/{made['id']}"
    assert await ask(client, "GET", path, 200) == made
    assert (await ask(client, "GET", "", 200))["schedules"] == [made]
    await ask(client, "DELETE", path, 204)
    assert (await ask(client, "GET", path, 404))["title"] == "Schedule not found"
    await ask(client, "DELETE", path, 404)
    assert await ask(client, "GET", "", 200) == {"schedules": [], "nextPageToken": None}


async def test_a_schedule_says_where_it_is(client: Client) -> None:
    async with client.post("/api/schedules", json=NIGHTLY) as response:
        assert response.headers["Location"] == f"/api/schedules/{(await response.json())['id']}"


async def test_a_list_goes_on_page_by_page(client: Client) -> None:
    made = [(await create(client, name=str(number)))["id"] for number in range(5)]
    first = await ask(client, "GET", "?pageSize=3", 200)
    second = await ask(client, "GET", f"?pageSize=3&pageToken={first['nextPageToken']}", 200)
    assert [each["id"] for each in first["schedules"] + second["schedules"]] == made[::-1]
    assert second["nextPageToken"] is None
    assert places(await ask(client, "GET", "?pageToken=x", 422)) == [("/pageToken", "invalid")]


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"cron": "60 * * * *"}, [("/cron", "invalid")]),
        ({"cron": "0 0 31 2 *"}, [("/cron", "invalid")]),
        ({"cron": "0 0 */31 2 1#5"}, [("/cron", "never")]),
        ({"every": 60}, [("/cron", "invalid")]),
        ({"every": 0.5}, [("/every", "invalid")]),
        ({"timeZone": "Europe/Atlantis"}, [("/timeZone", "invalid")]),
        ({"timeZone": "../etc/passwd"}, [("/timeZone", "invalid")]),
        ({"startAt": "2099-01-02T00:00:00Z", "endAt": "2099-01-01T00:00:00Z"}, [("/endAt", "invalid")]),
        ({"endAt": "2001-01-01T00:00:00Z"}, [("/endAt", "never")]),
        ({"overlap": "sometimes"}, [("/overlap", "invalid")]),
        ({"catchUp": "some"}, [("/catchUp", "invalid")]),
        ({"catchUpWindow": -1, "jitter": 100_000}, [("/catchUpWindow", "invalid"), ("/jitter", "invalid")]),
        ({"jobs": 1}, [("/jobs", "unknown")]),
        ({"job": None}, [("/job", "null")]),
        ({"job": []}, [("/job", "invalid")]),
        ({"job": {"type": "nothing", "payload": {}}}, [("/job/type", "unknown_type")]),
        ({"job": {**COMPLEX, "options": {"runAt": "2099-01-01T00:00:00Z"}}}, [("/job/options/runAt", "out_of_place")]),
        ({"job": {**COMPLEX, "options": {"dedup": {"key": "a"}}}}, [("/job/options/dedup", "out_of_place")]),
        ({"job": {**COMPLEX, "options": {"timeout": 0}}}, [("/job/options/timeout", "invalid")]),
        (
            {"cron": "x", "job": {"type": "calculation", "payload": {"operation": "sum", "numbers": ["1"]}}},
            [("/cron", "invalid"), ("/job/payload/numbers/0", "invalid")],
        ),
    ],
)
async def test_what_is_wrong_is_named(client: Client, facts: Any, expected: list[tuple[str, str]]) -> None:
    assert places(await create(client, 422, **facts)) == expected
    assert (await ask(client, "GET", "", 200))["schedules"] == []


async def test_a_schedule_has_one_job_a_tick(client: Client) -> None:
    (place, _), *_ = places(await create(client, 422, job={**COMPLEX, "children": []}))
    assert place == "/job/children"


async def test_it_takes_a_time_and_a_job(client: Client) -> None:
    assert places(await ask(client, "POST", "", 422, {})) == [("/job", "required")]
    assert places(await ask(client, "POST", "", 422, {"job": COMPLEX})) == [("/cron", "invalid")]


async def test_an_idempotency_key_is_not_heeded(client: Client) -> None:
    await ask(client, "POST", "", 400, NIGHTLY, Idempotency_Key='"a"')


async def test_a_patch_changes_what_it_names(client: Client) -> None:
    made = await create(client)
    patch = {"name": None, "cron": None, "every": 90.5, "job": {"payload": {"numbers": [7]}, "options": {"tags": None}}}
    new = await ask(client, "PATCH", f"/{made['id']}", 200, patch)
    assert (new["name"], new["cron"], new["every"], new["overlap"]) == (None, None, 90.5, "queue")
    payload = {"operation": "complex", "numbers": [7]}
    assert new["job"] == {"type": "calculation", "payload": payload, "options": {"delay": 5, "metadata": {"by": "me"}}}
    assert await ask(client, "GET", f"/{made['id']}", 200) == new


async def test_a_patch_that_makes_no_sense_changes_nothing(client: Client) -> None:
    made = await create(client)
    path = f"/{made['id']}"
    assert places(await ask(client, "PATCH", path, 422, {"every": 5})) == [("/cron", "invalid")]
    assert places(await ask(client, "PATCH", path, 422, {"job": {"payload": None}})) == [("/job/payload", "required")]
    assert places(await ask(client, "PATCH", path, 422, {"cron": "0 0 */31 2 1#5"})) == [("/cron", "never")]
    assert places(await ask(client, "PATCH", path, 422, [])) == [("", "invalid")]
    assert await ask(client, "GET", path, 200) == made


async def test_other_ticks_begin_now_and_another_name_changes_none(client: Client) -> None:
    made = await create(client, cron="0 0 1 1 *")
    named = await ask(client, "PATCH", f"/{made['id']}", 200, {"name": "another"})
    assert named["nextRunAt"] == made["nextRunAt"]
    other = await ask(client, "PATCH", f"/{made['id']}", 200, {"cron": "* * * * *"})
    assert other["nextRunAt"] < made["nextRunAt"]


async def test_a_schedule_is_paused_and_resumed(client: Client) -> None:
    path = f"/{(await create(client))['id']}"
    for _ in range(2):
        assert (await ask(client, "POST", f"{path}/pause", 200))["paused"] is True
    for _ in range(2):
        assert (await ask(client, "POST", f"{path}/resume", 200))["paused"] is False


async def test_a_job_can_be_had_now_though_the_schedule_is_paused(client: Client) -> None:
    made = await create(client, paused=True)
    path = f"/{made['id']}"
    answer = await ask(client, "POST", f"{path}/run", 202)
    async with client.get(f"/api/jobs/{answer['jobId']}") as response:
        job = await response.json()
    assert (job["scheduleId"], job["payload"], job["tags"], job["status"]) == (
        made["id"],
        COMPLEX["payload"],
        ["nightly"],
        "scheduled",  # by its delay
    )
    (entry,) = (await ask(client, "GET", f"{path}/history", 200))["entries"]
    assert (entry["jobId"], entry["outcome"], entry["byHand"]) == (job["id"], "submitted", True)
    assert (await ask(client, "GET", path, 200))["lastJobId"] is None  # that of a tick: it is beside them


async def test_the_next_ticks_are_told(client: Client) -> None:
    made = await create(client, startAt="2030-03-30T12:00:00Z")
    told = await ask(client, "GET", f"/{made['id']}/next?count=3", 200)
    assert told["times"] == ["2030-03-31T01:00:00.000Z", "2030-04-01T00:30:00.000Z", "2030-04-02T00:30:00.000Z"]
    assert len((await ask(client, "GET", f"/{made['id']}/next", 200))["times"]) == 10
    assert places(await ask(client, "GET", f"/{made['id']}/next?count=101", 422)) == [("/count", "invalid")]


async def test_a_schedule_that_ends_has_fewer_ticks(client: Client) -> None:
    made = await create(client, startAt="2030-03-30T12:00:00Z", endAt="2030-04-01T12:00:00Z")
    assert len((await ask(client, "GET", f"/{made['id']}/next", 200))["times"]) == 2


async def test_history_tells_what_became_of_each_tick(client: Client, store: Store) -> None:
    made = await ask(client, "POST", "", 201, {"every": 60, "catchUp": "none", "job": COMPLEX})
    stored = await find(store.link, DEFAULT_TENANT, made["id"])
    assert stored is not None
    step = take(stored, stored.created_at + 121_000, is_busy=False)
    assert await save(store.link, step)
    missed, taken = reversed((await ask(client, "GET", f"/{made['id']}/history", 200))["entries"])
    assert (missed["outcome"], missed["tick"], missed["jobId"]) == ("missed", made["nextRunAt"], None)
    assert (taken["outcome"], taken["jobId"], taken["until"]) == ("submitted", step.jobs[0].id, None)


async def test_a_change_waits_for_no_tick_and_loses_none(client: Client, store: Store) -> None:
    made = await create(client)
    stored = await find(store.link, DEFAULT_TENANT, made["id"])
    assert stored is not None
    assert await save(store.link, Step(replace(stored, rev=stored.rev + 1, last_run_at=stored.created_at)))
    changed = await ask(client, "PATCH", f"/{made['id']}", 200, {"jitter": 5})
    assert (changed["jitter"], changed["lastRunAt"]) == (5, made["createdAt"])


async def test_who_has_not_seen_the_last_change_changes_nothing(client: Client, store: Store) -> None:
    made = await create(client)
    path = f"/{made['id']}"
    async with client.get(f"/api/schedules{path}") as response:
        seen = response.headers["ETag"]
    stored = await find(store.link, DEFAULT_TENANT, made["id"])
    assert stored is not None
    assert await save(store.link, take(stored, (stored.next_run_at or 0) + 100, is_busy=False))  # which is no change
    async with client.patch(f"/api/schedules{path}", json={"jitter": 5}, headers={"If-Match": seen}) as response:
        assert response.status == 200
        now = response.headers["ETag"]
    for method, body in (("PATCH", {"jitter": 7}), ("DELETE", None)):
        refused = await ask(client, method, path, 412, body, If_Match=seen)
        assert refused["title"] == "Schedule has changed"
    assert (await ask(client, "GET", path, 200))["jitter"] == 5
    await ask(client, "DELETE", path, 204, If_Match=now)


@pytest.mark.parametrize("id", [UNKNOWN, "x", "batch"])
async def test_what_is_not_there_is_not_found(client: Client, id: str) -> None:
    for method, path in (("GET", ""), ("DELETE", ""), ("POST", "/run"), ("POST", "/pause"), ("GET", "/history")):
        await ask(client, method, f"/{id}{path}", 404)
