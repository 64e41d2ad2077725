"""Whether the API is up and every worker has reported to it."""

import asyncio
import http.client
import json
import socket
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from shared.errors import DmpsError

ANSWER_WITHIN = 2.0  # seconds
POLL = 0.1  # seconds
PROGRESS_EVERY = 5.0  # seconds
GIVE_UP_AFTER = 60.0  # seconds
TOLD_TO_ANYBODY = {"status": "ready"}  # where API keys are in force: of workers nothing is said


class NotReady(DmpsError):
    """The system runs, but did not become ready in time."""


async def until_ready(base_url: str, workers: set[int], say: Callable[[str], None]) -> None:
    """Wait until the API answers that it is ready and names the workers with those process ids.

    Says what is missing if that takes long. Raises `NotReady` after a minute.
    """
    loop = asyncio.get_running_loop()
    began = told = loop.time()
    while missing := await asyncio.to_thread(what_is_missing, base_url, workers):
        now = loop.time()
        if now - began > GIVE_UP_AFTER:
            raise NotReady(f"Not ready after {GIVE_UP_AFTER:.0f} s: {missing}.")
        if now - told > PROGRESS_EVERY:
            told = now
            say(f"still starting: {missing}")
        await asyncio.sleep(POLL)


def what_is_missing(base_url: str, workers: set[int]) -> str:
    """One phrase, or nothing if all is ready."""
    try:
        status, answer = _ask(base_url)
        if status != http.HTTPStatus.OK:
            return str(answer.get("detail") or f"the API answers {status}")
        if answer == TOLD_TO_ANYBODY:
            return ""
        here = socket.gethostname()
        reported = workers & {worker["pid"] for worker in answer["workers"] if worker["host"] == here}
    except OSError:
        return "the API does not answer yet"
    except (http.client.HTTPException, ValueError, LookupError, TypeError, AttributeError):
        return f"what answers at {base_url} is not our API"
    return "" if reported == workers else f"{len(reported)} of {len(workers)} workers have reported"


def _ask(base_url: str) -> tuple[int, dict[str, Any]]:
    connection = http.client.HTTPConnection(urlsplit(base_url).netloc, timeout=ANSWER_WITHIN)
    try:
        connection.request("GET", "/health/ready")
        response = connection.getresponse()
        return response.status, json.loads(response.read())
    finally:
        connection.close()
