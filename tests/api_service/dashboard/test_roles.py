"""Every page and every action of the dashboard x two tenants x four roles, as the API has them.

A new page fails here until it stands in a table.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from api_service.access import Role
from api_service.dashboard.routes import PAGES
from shared.job import Job
from shared.settings import Settings
from shared.store import Store
from tests.api_service.conftest import COMPLEX, Client
from tests.api_service.dashboard.browsing import send
from tests.api_service.dashboard.conftest import Browse
from tests.api_service.keyed import make_key, with_keys
from tests.api_service.tenants import OURS, THEIRS, WORKER, Things, maker

NOBODY = "01a20bd9-0000-76ed-b412-7526b44b1ca6"
PAYLOAD = '{"operation": "sum", "numbers": [1]}'
JOB = '{"type": "calculation", "payload": {"operation": "sum", "numbers": [1]}}'
SUM = {"type": COMPLEX["type"], "payload": PAYLOAD}


@dataclass(frozen=True)
class Act:
    """A form: where it is sent, by whom at least, and what is answered to us, and to others."""

    path: str
    role: Role
    fields: Any = ()
    ours: int = 303
    theirs: int = 404


def shared(path: str, role: Role, fields: Any = (), status: int = 303) -> Act:
    """What is nobody's own."""
    return Act(path, role, fields, status, status)


VIEWS: dict[str, tuple[str, int, Role]] = {
    "GET /day": ("/day", 200, Role.VIEWER),
    "GET /jobs": ("/jobs", 200, Role.VIEWER),
    "GET /jobs/{id}": ("/jobs/{job}", 404, Role.VIEWER),
    "GET /jobs/{id}/replay": ("/jobs/{done}/replay", 404, Role.OPERATOR),
    "GET /bulk/{id}": ("/bulk/{bulk}", 404, Role.VIEWER),
    "GET /failures": ("/failures", 200, Role.VIEWER),
    "GET /submit": ("/submit?type=calculation", 200, Role.SUBMITTER),
    "GET /queues": ("/queues", 200, Role.VIEWER),
    "GET /workers": ("/workers", 200, Role.VIEWER),
    "GET /schedules": ("/schedules", 200, Role.VIEWER),
    "GET /schedules/new": ("/schedules/new", 200, Role.SUBMITTER),
    "GET /schedules/{id}": ("/schedules/{schedule}", 404, Role.VIEWER),
    "GET /webhooks": ("/webhooks", 200, Role.VIEWER),
    "GET /webhooks/{id}": ("/webhooks/{hook}", 404, Role.VIEWER),
    "GET /files/{id}": ("/files/{file}", 404, Role.VIEWER),
}
ACTS = {
    "POST /jobs/{id}/replay": Act("/jobs/{failed}/replay", Role.OPERATOR),
    "POST /jobs/{id}/amend": Act("/jobs/{job}/amend", Role.OPERATOR, {"tags": "urgent", "priority": "high"}),
    "POST /jobs/{id}/cancel": Act("/jobs/{job}/cancel", Role.SUBMITTER),
    "POST /jobs/{id}/retry": Act("/jobs/{failed}/retry", Role.OPERATOR),
    "POST /jobs/{id}/delete": Act("/jobs/{done}/delete", Role.OPERATOR),
    "POST /submit": shared("/submit", Role.SUBMITTER, SUM),
    "POST /files": shared("/files", Role.SUBMITTER, b"content", 201),
    "POST /queues/{name}": shared("/queues/default", Role.ADMIN, {"paused": "false"}),
    "POST /job-types/{name}": shared("/job-types/calculation", Role.ADMIN, {"maxRunning": "5"}),
    "POST /workers/{id}/drain": shared(f"/workers/{WORKER}/drain", Role.ADMIN),
    "POST /schedules": shared("/schedules", Role.SUBMITTER, {"/cron": "0 * * * *", "job": JOB}),
    "POST /schedules/{id}/pause": Act("/schedules/{schedule}/pause", Role.OPERATOR),
    "POST /schedules/{id}/resume": Act("/schedules/{schedule}/resume", Role.OPERATOR),
    "POST /schedules/{id}/run": Act("/schedules/{schedule}/run", Role.SUBMITTER),
    "POST /schedules/{id}/delete": Act("/schedules/{schedule}/delete", Role.OPERATOR),
    "POST /webhooks": shared("/webhooks", Role.OPERATOR, {"url": "https://example.org/hook"}, 200),
    "POST /webhooks/{id}/enable": Act("/webhooks/{hook}/enable", Role.OPERATOR),
    "POST /webhooks/{id}/disable": Act("/webhooks/{hook}/disable", Role.OPERATOR),
    "POST /webhooks/{id}/rotate": Act("/webhooks/{hook}/rotate", Role.OPERATOR, ours=200),
    "POST /webhooks/{id}/test": Act("/webhooks/{hook}/test", Role.OPERATOR),
    "POST /webhooks/{id}/delete": Act("/webhooks/{hook}/delete", Role.OPERATOR),
    "POST /webhooks/{id}/deliveries/{delivery}": Act(
        f"/webhooks/{{hook}}/deliveries/{NOBODY}", Role.OPERATOR, ours=404
    ),
    # The last, for it goes on in the background, with whatever has failed meanwhile.
    "POST /jobs": shared("/jobs", Role.OPERATOR, {"action": "retry", "scope": "all", "sure": "yes"}),
}
OPEN = {"GET /sign-in", "POST /sign-in", "POST /sign-out", "GET /assets/{version}/{name}", "GET /favicon.ico"}
STREAMS = {"GET /live"}


@pytest.fixture
def ours(store: Store, settings: Settings, new_job: Callable[..., Job], redis: Any) -> Things:
    """Makes things of ours, and answers their ids."""
    return maker(store, settings, new_job, redis)


@pytest.fixture
async def locked(browse: Browse, settings: Settings) -> Client:
    return await browse(with_keys(settings))


async def enter(site: Client, store: Store, tenant: str, role: Role) -> None:
    """Sign in as somebody else."""
    site.session.cookie_jar.clear()
    assert (await send(site, "/sign-in", {"key": await make_key(store, tenant, role)}))[0] == 303


def test_every_page_stands_in_a_table() -> None:
    known = sorted([*VIEWS, *ACTS, *OPEN, *STREAMS])
    assert sorted(f"{page.method} {page.path}" for page in PAGES) == known


async def test_each_role_sees_each_page_and_what_is_foreign_is_not_there(
    locked: Client, store: Store, ours: Things
) -> None:
    things = await ours()
    for tenant, role in ((OURS, Role.VIEWER), (OURS, Role.ADMIN), (THEIRS, Role.ADMIN)):
        await enter(locked, store, tenant, role)
        for path, theirs, least in VIEWS.values():
            async with locked.get(path.format(**things), allow_redirects=False) as response:
                text = await response.text()
            expected = 403 if role < least else 200 if tenant == OURS else theirs
            assert response.status == expected, (tenant, role, path)
            assert tenant == OURS or f"/jobs/{things['job']}" not in text, path


@pytest.mark.parametrize(("tenant", "role"), [*((OURS, role) for role in Role), (THEIRS, Role.ADMIN)])
async def test_each_role_may_do_what_it_may_and_no_other_tenant_any(
    locked: Client, store: Store, ours: Things, tenant: str, role: Role
) -> None:
    await enter(locked, store, tenant, role)
    for route, act in ACTS.items():
        status, _, text = await send(locked, act.path.format(**await ours()), act.fields)
        expected = 403 if role < act.role else act.ours if tenant == OURS else act.theirs
        assert status == expected, (route, text)


async def test_nobody_who_has_not_signed_in_does_anything(locked: Client, ours: Things) -> None:
    things = await ours()
    for act in ACTS.values():
        assert (await send(locked, act.path.format(**things), act.fields))[0] == 401


async def test_a_viewer_is_offered_no_action(locked: Client, store: Store, ours: Things) -> None:
    things = await ours()
    await enter(locked, store, OURS, Role.VIEWER)
    for path, _, least in VIEWS.values():
        async with locked.get(path.format(**things)) as response:
            text = await response.text() if response.content_type == "text/html" else ""
        if least is Role.VIEWER and text:
            assert re.findall('action="([^"]+)"', re.sub('method="get" action="[^"]+"', "", text)) == ["/sign-out"], (
                path
            )
            assert not re.findall('href="(/submit|[^"]+/new|[^"]+/replay)', text), path
