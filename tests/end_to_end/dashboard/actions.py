"""All that can be done on the dashboard, and what of it a page offers or a click did.

An action is the route that a form is sent to, and what tells its forms apart: `/jobs/{id}/cancel?subtree=true`.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import product
from typing import Any
from urllib.parse import parse_qsl

from playwright.async_api import Page, Request

from api_service.dashboard.routes import PAGES

Fields = Sequence[tuple[str, str]]

FORM = "application/x-www-form-urlencoded"
VALUES = ("action", "scope", "sure", "subtree", "paused", "now")  # fields whose values tell forms apart
NAMES = ("payload", "maxRunning")  # and those that do so by being there
BULK = ("cancel", "retry", "replay", "delete")
ROUTES = frozenset(page.path for page in PAGES if page.method == "POST")
ACTIONS = frozenset(
    {
        *(f"/jobs?action={verb}&scope=marked" for verb in BULK),
        *(f"/jobs?action={verb}&scope=all" for verb in BULK),
        *(f"/jobs?action={verb}&scope=all&sure=yes" for verb in BULK),
        *(f"/jobs/{{id}}/{verb}" for verb in ("cancel", "retry", "delete", "replay", "amend")),
        *(f"/jobs/{{id}}/{verb}?subtree=true" for verb in ("cancel", "retry", "delete")),
        "/jobs/{id}/amend?now=true",
        "/jobs/{id}/replay?payload",
        "/submit",
        "/submit?payload",
        "/files",
        *(f"/{kind}/{{name}}?{what}" for kind in ("queues", "job-types") for what in ("paused=true", "paused=false")),
        *(f"/{kind}/{{name}}?maxRunning" for kind in ("queues", "job-types")),
        "/workers/{id}/drain",
        "/schedules",
        *(f"/schedules/{{id}}/{verb}" for verb in ("pause", "resume", "run", "delete")),
        "/webhooks",
        *(f"/webhooks/{{id}}/{verb}" for verb in ("enable", "disable", "rotate", "test", "delete")),
        "/webhooks/{id}/deliveries/{delivery}",
        "/sign-in",
        "/sign-out",
    }
)
_FORMS = """() => [...document.querySelectorAll("form[method=post]")].map((form) => [form.getAttribute("action"),
  [...form.elements].filter((field) => field.name).map((field) =>
    [field.name, field.localName === "select" ? [...field.options].map((option) => option.value) : [field.value]])])"""


def action_of(path: str, fields: Fields) -> str:
    """The action that these fields are, sent to that path."""
    route = next((route for route in ROUTES if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", route), path)), path)
    given = dict(fields)
    told = [f"{name}={given[name]}" for name in VALUES if given.get(name)] + [name for name in NAMES if name in given]
    return f"{route}?{'&'.join(told)}" if told else route


async def offered(page: Page) -> set[str]:
    """What its forms may be sent as."""
    forms: Iterable[tuple[str, Sequence[tuple[str, Sequence[str]]]]] = await page.evaluate(_FORMS)
    return {action_of(path, fields) for path, elements in forms for fields in _choices(elements)}


def _choices(elements: Sequence[tuple[str, Sequence[str]]]) -> Iterator[Fields]:
    """Each way to choose among those that tell forms apart."""
    telling = {name: values if name in VALUES else values[:1] for name, values in elements if name in VALUES + NAMES}
    for values in product(*telling.values()):
        yield list(zip(telling, values, strict=True))


def sent(request: Request) -> str:
    """What the browser has just done."""
    headers: Mapping[str, Any] = request.headers
    body = request.post_data_buffer or b""
    fields = parse_qsl(body.decode(), keep_blank_values=True) if headers.get("content-type") == FORM else []
    return action_of(re.sub(r"^https?://[^/]+|\?.*$", "", request.url), fields)
