"""Every route x two tenants x four roles: each role gets what it may, and what is foreign is not there.

A new route fails here until it stands in `ROUTES`: one line says what is asked of it, how it answers the tenant whose
things they are, and how any other.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from api_service.access import Role
from api_service.app import RESOURCES, create_app
from api_service.dashboard.routes import PAGES
from api_service.routes import Route
from shared.job import Job
from shared.settings import Settings, read_settings
from shared.store import Store
from tests.api_service.conftest import COMPLEX, Client, Connect
from tests.api_service.keyed import make_key, shown, with_keys
from tests.api_service.tenants import OURS, THEIRS, WORKER, Things, maker

STREAM = "text/event-stream"
NOBODY = "01a20bd9-0000-76ed-b412-7526b44b1ca6"
JSON_PATCH = {"paused": False}
HOURLY = {"cron": "0 * * * *", "job": COMPLEX}


@dataclass(frozen=True)
class Ask:
    """A request. `{job}`, `{done}`, `{failed}`, `{bulk}`, `{schedule}`, `{file}` are ids of our things, each new."""

    path: str
    ours: int = 200  # the answer to us, if the role suffices
    theirs: int = 404  # and to the others
    body: Any = None


def alike(path: str, status: int = 200, body: Any = None) -> Ask:
    """What is nobody's own: every tenant gets the same status, and sees its own things alone."""
    return Ask(path, status, status, body)


ROUTES = {
    "POST /api/jobs": alike("/api/jobs", 202, COMPLEX),
    "POST /api/jobs/batch": alike("/api/jobs/batch", 202, {"jobs": [COMPLEX]}),
    "GET /api/jobs": alike("/api/jobs"),
    "GET /api/jobs/{id}": Ask("/api/jobs/{job}"),
    "PATCH /api/jobs/{id}": Ask("/api/jobs/{job}", body={"tags": ["urgent"]}),
    "DELETE /api/jobs/{id}": Ask("/api/jobs/{done}", 204),
    "POST /api/jobs/{id}/replay": Ask("/api/jobs/{failed}/replay", 202),
    "GET /api/jobs/{id}/tree": Ask("/api/jobs/{job}/tree"),
    "GET /api/jobs/{id}/result": Ask("/api/jobs/{done}/result"),
    "GET /api/jobs/{id}/attempts": Ask("/api/jobs/{done}/attempts"),
    "GET /api/jobs/{id}/logs": Ask("/api/jobs/{done}/logs"),
    "GET /api/jobs/{id}/events": Ask("/api/jobs/{job}/events"),
    "POST /api/jobs/{id}/cancel": Ask("/api/jobs/{job}/cancel"),
    "POST /api/jobs/{id}/retry": Ask("/api/jobs/{failed}/retry", 202),
    "POST /api/bulk": alike("/api/bulk", 202, {"action": "cancel", "all": True}),
    "GET /api/bulk/{id}": Ask("/api/bulk/{bulk}"),
    "POST /api/schedules": alike("/api/schedules", 201, HOURLY),
    "GET /api/schedules": alike("/api/schedules"),
    "GET /api/schedules/{id}": Ask("/api/schedules/{schedule}"),
    "PATCH /api/schedules/{id}": Ask("/api/schedules/{schedule}", body={"name": "another"}),
    "DELETE /api/schedules/{id}": Ask("/api/schedules/{schedule}", 204),
    "POST /api/schedules/{id}/pause": Ask("/api/schedules/{schedule}/pause"),
    "POST /api/schedules/{id}/resume": Ask("/api/schedules/{schedule}/resume"),
    "POST /api/schedules/{id}/run": Ask("/api/schedules/{schedule}/run", 202),
    "GET /api/schedules/{id}/next": Ask("/api/schedules/{schedule}/next"),
    "GET /api/schedules/{id}/history": Ask("/api/schedules/{schedule}/history"),
    "POST /api/webhooks": alike("/api/webhooks", 201, {"url": "https://example.org/hook"}),
    "GET /api/webhooks": alike("/api/webhooks"),
    "GET /api/webhooks/{id}": Ask("/api/webhooks/{hook}"),
    "PATCH /api/webhooks/{id}": Ask("/api/webhooks/{hook}", body={"enabled": False}),
    "DELETE /api/webhooks/{id}": Ask("/api/webhooks/{hook}", 204),
    "POST /api/webhooks/{id}/rotate-secret": Ask("/api/webhooks/{hook}/rotate-secret"),
    "POST /api/webhooks/{id}/test": Ask("/api/webhooks/{hook}/test", 202),
    "GET /api/webhooks/{id}/deliveries": Ask("/api/webhooks/{hook}/deliveries"),
    "POST /api/webhooks/{id}/deliveries/{delivery}/redeliver": Ask(
        f"/api/webhooks/{{hook}}/deliveries/{NOBODY}/redeliver", 404
    ),
    "GET /api/errors": alike("/api/errors"),
    "GET /api/events": alike("/api/events"),
    "POST /api/files": alike("/api/files", 201, b"content"),
    "GET /api/files": alike("/api/files"),
    "GET /api/files/{id}": Ask("/api/files/{file}"),
    "GET /api/files/{id}/metadata": Ask("/api/files/{file}/metadata"),
    "POST /api/files/{id}/links": Ask("/api/files/{file}/links", 201),
    "DELETE /api/files/{id}": Ask("/api/files/{file}", 204),
    "GET /api/uploads/{id}": Ask("/api/uploads/{upload}"),
    "PATCH /api/uploads/{id}": Ask("/api/uploads/{upload}", 415, 415, b""),
    "DELETE /api/uploads/{id}": Ask("/api/uploads/{upload}", 204),
    "GET /api/job-types": alike("/api/job-types"),
    "PATCH /api/job-types/{name}": alike("/api/job-types/calculation", 200, JSON_PATCH),
    "GET /api/queues": alike("/api/queues"),
    "GET /api/queues/{name}": alike("/api/queues/default"),
    "PATCH /api/queues/{name}": alike("/api/queues/default", 200, JSON_PATCH),
    "GET /api/workers": alike("/api/workers"),
    "POST /api/workers/{id}/drain": alike(f"/api/workers/{WORKER}/drain", 202),
    "GET /api/statistics": alike("/api/statistics"),
    "GET /api/diagnostics": alike("/api/diagnostics"),
    "GET /": alike("/"),
    "GET /docs": alike("/docs"),
    "GET /metrics": alike("/metrics"),
    "GET /downloads/{token}": alike("/downloads/nonsense", 403),
    "GET /health/live": alike("/health/live"),
    "GET /health/ready": alike("/health/ready"),
    "GET /openapi.json": alike("/openapi.json"),
    "GET /problems/{name}": alike("/problems/job-not-found"),
}


@pytest.fixture
async def client(connect: Connect, settings: Settings) -> Client:
    return await connect(with_keys(settings))


@pytest.fixture
def ours(store: Store, settings: Settings, new_job: Callable[..., Job], redis: Any) -> Things:
    """Makes things of ours, and answers their ids."""
    return maker(store, settings, new_job, redis)


def routes() -> list[str]:
    """What the app serves, by its router."""
    served = create_app(read_settings()).router.routes()
    pages = {f"{page.method} {page.path}" for page in PAGES}  # tests/api_service/dashboard/test_roles.py has these
    found = {f"{route.method} {route.resource.canonical}" for route in served if route.resource}
    return sorted(route for route in found - pages if not route.startswith("HEAD"))


def role_of(route: str) -> Role | None:
    declared: list[Route] = [each for resource in RESOURCES for each in resource.ROUTES]
    return {f"{each.method} {each.template}": each.operation for each in declared}[route].role


def test_every_route_stands_in_the_table() -> None:
    assert routes() == sorted(ROUTES)


def test_every_route_declares_the_role_that_it_needs() -> None:
    for route in routes():
        assert isinstance(role_of(route), Role) or not route.split()[1].startswith("/api/"), route


async def exchange(client: Client, route: str, things: dict[str, str], key: dict[str, str]) -> tuple[int, str]:
    """The status, and the body unless it has no end."""
    ask = ROUTES[route]
    sent: dict[str, Any] = {"data": ask.body} if isinstance(ask.body, bytes) else {"json": ask.body}
    path = ask.path.format(**things)
    async with client.request(
        route.partition(" ")[0], path, headers=key, **({} if ask.body is None else sent)
    ) as response:
        return response.status, "" if response.content_type == STREAM else await response.text()


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("tenant", [OURS, THEIRS])
async def test_each_role_gets_what_it_may_and_nothing_foreign(
    client: Client, store: Store, ours: Things, tenant: str, role: Role
) -> None:
    key = shown(await make_key(store, tenant, role))
    for route, ask in ROUTES.items():
        things, needed = await ours(), role_of(route)
        status, body = await exchange(client, route, things, key)
        if needed is not None and role < needed:
            assert status == 403, (route, body)
        else:
            assert status == (ask.ours if tenant == OURS else ask.theirs), (route, body)
        if tenant == THEIRS and status < 400:
            assert not any(id in body for id in things.values()), route


@pytest.mark.parametrize("route", [route for route in sorted(ROUTES) if " /api/" in route])
async def test_without_a_key_nothing_is_done(client: Client, ours: Things, route: str) -> None:
    status, body = await exchange(client, route, await ours(), {})
    assert (status, json.loads(body)["title"]) == (401, "API key needed")


async def test_what_is_foreign_and_what_is_not_there_are_answered_alike(
    client: Client, store: Store, ours: Things
) -> None:
    key, things = shown(await make_key(store, THEIRS, Role.ADMIN)), await ours()
    nothing = dict.fromkeys(things, "01a20bd9-6453-76ed-b412-7526b44b1ca6")
    for route, ask in ROUTES.items():
        if ask.theirs == 404:
            foreign = await exchange(client, route, things, key)
            status, body = await exchange(client, route, nothing, key)
            (id,) = [id for name, id in things.items() if f"{{{name}}}" in ask.path]
            assert foreign == (status, body.replace(next(iter(nothing.values())), id)), route


async def test_the_next_page_of_another_tenants_list_shows_nothing_of_it(
    client: Client, store: Store, ours: Things
) -> None:
    ids = {id for things in [await ours(), await ours()] for id in things.values()}
    async with client.get("/api/jobs?pageSize=1", headers=shown(await make_key(store, OURS))) as response:
        token = (await response.json())["nextPageToken"]
    key = shown(await make_key(store, THEIRS))
    async with client.get("/api/jobs", params={"pageSize": "1", "pageToken": token}, headers=key) as response:
        text = await response.text()
    assert response.status in {200, 422}
    assert not any(id in text for id in ids)


async def test_two_tenants_may_have_the_same_idempotency_key(client: Client, store: Store) -> None:
    answers = set()
    for tenant in (OURS, THEIRS):
        key = shown(await make_key(store, tenant, Role.SUBMITTER))
        async with client.post("/api/jobs", json=COMPLEX, headers={**key, "Idempotency-Key": '"one"'}) as response:
            assert response.status == 202
            answers.add((await response.json())["jobId"])
    assert len(answers) == 2


async def test_a_job_stands_for_no_other_tenants_job(client: Client, store: Store) -> None:
    body = {**COMPLEX, "options": {"dedup": {"key": "one"}}}
    for tenant in (OURS, THEIRS):
        key = shown(await make_key(store, tenant, Role.SUBMITTER))
        async with client.post("/api/jobs", json=body, headers=key) as response:
            assert response.status == 202
