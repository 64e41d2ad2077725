"""Signing in, what the cookie is good for, and from where a form may come."""

import dataclasses
import re

import pytest

from api_service.access import Role
from api_service.dashboard.signing_in import LARGEST
from shared.settings import Settings
from shared.store import Store, api_keys
from tests.api_service.conftest import Client
from tests.api_service.dashboard.browsing import origin, page, send, words
from tests.api_service.dashboard.conftest import Browse
from tests.api_service.keyed import id_of, make_key, with_keys
from tests.waiting import until


@pytest.fixture
async def locked(browse: Browse, settings: Settings) -> Client:
    return await browse(with_keys(settings))


async def test_without_keys_the_dashboard_is_as_open_as_the_api(site: Client) -> None:
    assert "Overview" in await page(site, "/")


async def test_who_has_not_signed_in_is_led_there_and_back(locked: Client, store: Store) -> None:
    async with locked.get("/jobs?status=failed", allow_redirects=False) as response:
        assert (response.status, response.headers["Location"]) == (303, "/sign-in?next=%2Fjobs%3Fstatus%3Dfailed")
    form = {"key": await make_key(store), "next": "/jobs?status=failed"}
    status, place, _ = await send(locked, "/sign-in", form)
    assert (status, place) == (303, "/jobs?status=failed")
    assert "acme" in await page(locked, place)


async def test_what_is_no_key_opens_nothing(locked: Client, store: Store) -> None:
    key = await make_key(store)
    for wrong in ("", "no key", f"{key[:-1]}+", "é"):
        status, _, text = await send(locked, "/sign-in", {"key": wrong, "next": "/"})
        assert status == 401
        assert "There is no such key" in words(text)
        assert key[:-1] not in text
    assert not list(locked.session.cookie_jar)


async def test_who_has_shown_no_key_yet_sends_little(locked: Client) -> None:
    assert (await send(locked, "/sign-in", {"key": "x" * (LARGEST - 4)}))[0] == 401
    status, _, text = await send(locked, "/sign-in", {"key": "x" * (LARGEST - 3)})
    assert (status, f"at most {LARGEST} bytes" in text) == (413, True)


async def test_nobody_is_led_elsewhere_by_signing_in(locked: Client, store: Store) -> None:
    key = await make_key(store)
    for place in ("//evil.example", "https://evil.example/", "/\\evil.example", "javascript:alert(1)", "//[x"):
        assert (await send(locked, "/sign-in", {"key": key, "next": place}))[:2] == (303, "/"), place


async def test_the_cookie_is_kept_from_scripts_and_from_other_sites(locked: Client, store: Store) -> None:
    key = await make_key(store)
    https = {"Origin": f"https://{locked.host}:{locked.port}"}
    for headers, name, secure in (({}, "dmps", False), (https, "__Host-dmps", True)):
        sent = {"Origin": origin(locked), "Sec-Fetch-Site": "same-origin", **headers}
        async with locked.post("/sign-in", data={"key": key}, headers=sent, allow_redirects=False) as response:
            cookie = response.cookies[name]
        assert (cookie["httponly"], cookie["samesite"], cookie["path"], cookie["domain"]) == (True, "Strict", "/", "")
        assert bool(cookie["secure"]) is secure
        assert key not in cookie.value


async def test_the_cookie_opens_no_route_of_the_api(locked: Client, store: Store) -> None:
    await send(locked, "/sign-in", {"key": await make_key(store, role=Role.ADMIN)})
    assert "Jobs" in await page(locked, "/jobs")
    for path in ("/api/jobs", "/api/events", "/api/workers"):
        async with locked.get(path) as response:
            assert response.status == 401


async def test_a_session_ends_with_its_key_and_when_signing_out(locked: Client, store: Store) -> None:
    key = await make_key(store)
    await send(locked, "/sign-in", {"key": key})
    kept = {cookie.key: cookie.value for cookie in locked.session.cookie_jar}
    await send(locked, "/sign-out")
    assert not list(locked.session.cookie_jar)
    shown = "; ".join(f"{name}={value}" for name, value in kept.items())
    assert "acme" in await page(locked, "/jobs", cookie=shown)
    await api_keys.revoke(store.link, id_of(key))
    await page_is_closed(locked, shown)


async def test_a_session_that_was_made_up_opens_nothing(locked: Client, store: Store) -> None:
    id = id_of(await make_key(store))
    for made_up in (id, f"{id}.9999999999999.{'0' * 64}", f"{id}..", "x", "é"):
        async with locked.get("/jobs", headers={"Cookie": f"dmps={made_up}"}, allow_redirects=False) as response:
            assert response.status == 303


async def page_is_closed(site: Client, cookie: str) -> None:
    async def look() -> bool:
        async with site.get("/jobs", headers={"Cookie": cookie}, allow_redirects=False) as response:
            return response.status == 303

    await until(look, "the session is over")


ELSEWHERE: tuple[dict[str, str], ...] = (
    {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"},
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": "http://["},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "none"},
    {},
)


async def test_a_form_of_another_site_does_nothing(site: Client, submit_job: str) -> None:
    for headers in ELSEWHERE:
        async with site.post(f"/jobs/{submit_job}/cancel", data={"x": "y"}, headers=headers) as response:
            assert response.status == 403, headers
    async with site.get(f"/api/jobs/{submit_job}") as response:
        assert (await response.json())["status"] == "scheduled"


async def test_no_page_is_shown_under_a_name_that_may_be_turned_to_this_machine(site: Client) -> None:
    for path in ("/", "/jobs"):
        async with site.get(path, headers={"Host": "evil.example"}) as response:
            assert response.status == 421


async def test_every_page_says_what_a_browser_may_do_with_it(site: Client) -> None:
    for path in ("/", "/jobs", "/submit", "/jobs/none", "/sign-in"):
        async with site.get(path) as response:
            policy = response.headers["Content-Security-Policy"]
            assert "default-src 'none'" in policy
            assert "frame-ancestors 'none'" in policy
            assert "unsafe" not in policy
            assert response.headers["X-Content-Type-Options"] == "nosniff"
            assert response.headers["Cache-Control"] == "no-store"
            assert not [word for word in ("<style", " style=", "onclick", "<script>") if word in await response.text()]


@pytest.fixture
async def submit_job(site: Client) -> str:
    body = {"type": "calculation", "payload": {"operation": "sum", "numbers": [1]}, "options": {"delay": 60}}
    async with site.post("/api/jobs", json=body) as response:
        id: str = (await response.json())["jobId"]
        return id


async def test_while_the_store_is_away_a_page_says_so_and_tries_again(browse: Browse, settings: Settings) -> None:
    site = await browse(dataclasses.replace(settings, redis_url="redis://127.0.0.1:1"))
    async with site.get("/jobs") as response:
        assert (response.status, response.headers["Refresh"]) == (503, "5")
        assert "This page tries again by itself." in await response.text()


async def test_who_follows_a_link_from_elsewhere_is_asked_for_the_cookie_once_more(locked: Client) -> None:
    async with locked.get("/jobs?tag=a", headers={"Sec-Fetch-Site": "cross-site"}) as response:
        assert (response.status, response.headers["Refresh"]) == (200, "0; url=/jobs?tag=a")
    async with locked.get("/jobs", headers={"Sec-Fetch-Site": "same-origin"}, allow_redirects=False) as response:
        assert response.status == 303


async def test_what_pages_load_is_kept_for_ever_and_of_another_release_never(site: Client) -> None:
    found = re.findall(r'(?:href|src)="(/assets/([^/"]+)/[^"]+)"', await page(site, "/"))
    assert len(found) == 3
    for path, version in found:
        for asked, kept in ((path, "immutable"), (path.replace(version, "other"), "no-store")):
            async with site.get(asked) as response:
                assert response.status == 200
                assert kept in response.headers["Cache-Control"]
    await page(site, "/assets/1/other.css", 404)
