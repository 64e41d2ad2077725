"""What somebody sees who cannot have what was asked for: a page that says why and what to do, with the right status."""

import dataclasses

import pytest

from shared.settings import Settings
from shared.store import Store
from tests.api_service.conftest import Client
from tests.api_service.dashboard.browsing import origin, send, words
from tests.api_service.dashboard.conftest import Browse
from tests.api_service.keyed import make_key, with_keys

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
ELSEWHERE = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
OURS = {"Sec-Fetch-Site": "same-origin"}
HERE = "/jobs/01a20bd9-6453-76ed-b412-7526b44b1ca6"
REFUSED: tuple[
    tuple[str, str, dict[str, str], int, str, str], ...
] = (  # method, path, headers, status, title, and what to do
    ("GET", "/nowhere", {}, 404, "Not Found", "begin with the overview"),
    ("GET", HERE, {}, 404, "Job not found", "It may have expired"),
    ("GET", f"{HERE}/cancel", {}, 405, "Method Not Allowed", "takes what a button sends"),
    ("GET", "/jobs", {"Host": "evil.example"}, 421, "Host not served", "call it localhost"),
    ("POST", "/submit", {**FORM, **OURS, "Content-Encoding": "gzip"}, 415, "Unsupported media type", "Send"),
    ("POST", "/submit", {**OURS, "Content-Type": "text/plain"}, 415, "Unsupported media type", "form"),
    ("GET", "/problems/nothing", {}, 404, "Not Found", "There is no such type of problem"),
    ("GET", "/docs?x=y", {}, 422, "Validation failed", "Unknown parameter"),
)


@pytest.fixture
async def locked(browse: Browse, settings: Settings) -> Client:
    return await browse(with_keys(settings))


@pytest.mark.parametrize(("method", "path", "headers", "status", "title", "told"), REFUSED)
async def test_a_refusal_is_a_page_for_people_and_a_problem_for_programs(
    site: Client, method: str, path: str, headers: dict[str, str], status: int, title: str, told: str
) -> None:
    async with site.request(method, path, headers=headers) as response:
        text = await response.text()
        assert (response.status, response.content_type) == (status, "text/html"), text
        assert "default-src 'none'" in response.headers["Content-Security-Policy"]
    assert title in text
    assert told in text
    async with site.request(method, path, headers={**headers, "Accept": "*/*"}) as response:
        assert (response.status, response.content_type) == (status, "application/problem+json")
        assert (await response.json())["title"] == title


async def test_a_form_from_elsewhere_is_explained_with_and_without_keys(site: Client, locked: Client) -> None:
    for service, title, told in (
        (site, "Page of another origin", "DMPS_CORS_ORIGINS"),
        (locked, "Forbidden", "Open the page by its own address"),
    ):
        async with service.post(f"{HERE}/cancel", headers={**ELSEWHERE, **FORM}) as response:
            text = await response.text()
            assert (response.status, response.content_type) == (403, "text/html")
        assert title in text
        assert told in text


async def test_a_form_that_is_wrong_and_has_no_page_of_its_own_is_explained(site: Client) -> None:
    status, _, text = await send(site, "/queues/default", {"maxRunning": "0"}, Referer=f"{origin(site)}/queues")
    assert status == 422
    assert "> Validation failed /maxRunning Must be between 1 and" in words(text)
    assert words(text).endswith(
        "Go back, mend what is named here, and send it again. Back to where you were Queues and types Overview"
    )


async def test_routes_of_programs_refuse_in_json_whatever_they_are_asked_for(site: Client) -> None:
    for path in ("/api/jobs/nothing", "/api/nothing", "/health/nothing"):
        async with site.get(path) as response:
            assert (response.status, response.content_type) == (404, "application/problem+json"), path


async def test_who_is_not_known_sees_no_menu(locked: Client, store: Store) -> None:
    status, _, text = await send(locked, f"{HERE}/cancel")
    assert (status, 'href="/sign-in' in text, "<nav" in text) == (401, True, False)
    async with locked.get("/nowhere") as response:
        assert (response.status, "<nav" in await response.text()) == (404, False)
    await send(locked, "/sign-in", {"key": await make_key(store)})
    status, _, text = await send(locked, f"{HERE}/delete")
    assert (status, "<nav" in text) == (403, True)
    assert "role operator; this one has the role viewer" in words(text)
    assert "Sign out, and in again" in words(text)


async def test_a_program_that_has_not_signed_in_is_not_led_to_a_form(locked: Client) -> None:
    for path in ("/jobs", "/live", "/files/nothing"):
        async with locked.get(path, headers={"Accept": "*/*"}, allow_redirects=False) as response:
            assert (response.status, response.content_type) == (401, "application/problem+json"), path
            assert "Bearer" in response.headers["WWW-Authenticate"]


async def test_one_is_led_back_to_where_a_form_was_sent_from_and_nowhere_else(site: Client) -> None:
    for place, back in ((f"{origin(site)}/jobs?tag=a", "/jobs?tag=a"), ("https://evil.example/", ""), ("http://[", "")):
        status, _, text = await send(site, f"{HERE}/retry", Referer=place)
        assert status == 404
        assert (f'href="{back}">Back to where you were' in text) is bool(back), place
        assert "evil" not in text
    _, _, text = await send(site, f"{HERE}/retry", Referer=f"{origin(site)}//evil.example")
    assert 'href="//evil' not in text


async def test_what_a_program_is_told_in_headers_stands_in_pages_too(browse: Browse, settings: Settings) -> None:
    site = await browse(settings)
    async with site.get(f"{HERE}/cancel") as response:
        assert "POST" in response.headers["Allow"]
    away = await browse(dataclasses.replace(settings, redis_url="redis://127.0.0.1:1"))
    async with away.get("/jobs") as response:
        assert (response.status, response.headers["Retry-After"], response.headers["Refresh"]) == (503, "2", "5")
    async with away.post(f"{HERE}/cancel", headers={"Origin": origin(away), **OURS, **FORM}) as response:
        assert (response.status, "Refresh" in response.headers) == (503, False)
        assert "Look whether it was done" in await response.text()
