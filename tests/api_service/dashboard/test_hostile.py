"""Whatever is asked of a page, or written into a form: a refusal that says why, never a failure of ours."""

from tests.api_service.conftest import Client
from tests.api_service.dashboard.browsing import send, words

ID = "01a20bd9-6453-76ed-b412-7526b44b1ca6"
QUERIES = (
    "/jobs?sort=x",
    "/jobs?pageToken=%00",
    "/jobs?status=%F0%9F%92%A9",
    "/jobs?createdAfter=9999-99-99T99:99",
    "/jobs?tag=%00",
    "/jobs?parentId=x",
    "/jobs?createdAfter=%2B",
    f"/jobs?{'type=a&' * 60}",
    "/jobs?id=%3Cscript%3E",
    "/jobs/%00",
    f"/jobs/{ID}",
    f"/jobs/{ID}/replay",
    "/bulk/x",
    f"/bulk/{ID}",
    f"/failures?{'type=a&' * 60}",
    "/failures?queue=%00",
    "/submit?type=nope",
    "/submit?type=calculation&operation=nope",
    "/submit?type=calculation&as=json&operation=%00",
    "/schedules?pageToken=x",
    "/schedules/x",
    f"/schedules/{ID}",
    "/schedules/new?type=nope",
    "/webhooks/x",
    f"/webhooks/{ID}",
    f"/webhooks/{ID}?pageToken=x",
    "/files/x",
    "/files/..%2F..%2Fetc%2Fpasswd",
    f"/files/{ID}",
    "/assets/x/..%2Fjob.py",
    "/sign-in?next=%00",
    "/sign-in?next=//%5Bx",
    "/jobs?done=%3Cb%3E",
    "/day?x=y",
)
VALUES = ("", "\0", "9" * 5_000, "1e400", "-0", "NaN", '"\\ud800"', "[" * 50, "{}", "null", "\N{PILE OF POO}", "<b>'\"")
FORMS = {
    "/jobs": ("action", "scope", "id", "status", "tag", "createdAfter"),
    "/submit": ("type", "payload", "/payload/numbers", "/options/delay", "/options/metadata", "/options/tags", "once"),
    "/schedules": ("/cron", "/every", "/startAt", "job"),
    "/webhooks": ("url", "events", "types", "tags", "description"),
    "/queues/default": ("paused", "maxRunning", "maxStartsPerSecond"),
    "/job-types/calculation": ("maxRunning",),
    f"/jobs/{ID}/replay": ("payload", "/options/delay", "/options/tags", "/options/backoff"),
    f"/jobs/{ID}/amend": ("tags", "priority", "runAt", "now"),
    "/sign-in": ("key", "next"),
}
FILLED = {"type": "calculation", "operation": "sum", "action": "retry", "url": "https://example.org"}


async def test_no_question_makes_a_page_fail(site: Client) -> None:
    for path in QUERIES:
        async with site.get(path, allow_redirects=False) as response:
            text = await response.text()
        assert response.status < 500, (path, text)
        assert "<script>" not in text, path


async def test_no_form_makes_a_page_fail(site: Client) -> None:
    for path, name in ((path, name) for path, names in FORMS.items() for name in names):
        for value in VALUES:
            status, _, text = await send(site, path, {**FILLED, name: value})
            assert status < 500, (path, name, value, words(text))
            assert "<b>'" not in text
