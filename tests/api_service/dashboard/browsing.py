"""What a browser does: it opens pages, and sends forms with an `Origin`."""

import re
from html import unescape
from typing import Any

from tests.api_service.conftest import Client


async def page(site: Client, path: str, status: int = 200, cookie: str = "") -> str:
    """The text of a page, without its elements."""
    async with site.get(path, headers={"Cookie": cookie} if cookie else {}, allow_redirects=False) as response:
        text = await response.text()
        assert (response.status, response.content_type) == (status, "text/html"), text
        return text


def words(text: str) -> str:
    """What is to be read on it."""
    body = text.partition("<main")[2].partition("</main>")[0]
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", body)).split())


def origin(site: Client) -> str:
    """Where its pages come from."""
    return f"http://{site.host}:{site.port}"


async def send(site: Client, path: str, fields: Any = (), **headers: str) -> tuple[int, str, str]:
    """The answer to a form of ours: status, where it leads, and what it says."""
    sent = {"Origin": origin(site), "Sec-Fetch-Site": "same-origin", **headers}
    data = fields or ""
    kind = {"Content-Type": "application/x-www-form-urlencoded"} if not fields else {}
    async with site.post(path, data=data, headers={**sent, **kind}, allow_redirects=False) as response:
        return response.status, response.headers.get("Location", ""), await response.text()
