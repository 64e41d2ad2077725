"""Receives webhooks: believes what is signed, and does each thing once. Needs aiohttp alone.

WEBHOOK_SECRET=whsec_... python receiver.py    # listens on 127.0.0.1:8080 (PORT)
"""

import base64
import hashlib
import hmac
import json
import os
import time
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

from aiohttp import web

TOLERANCE = 300  # seconds that a message may be old, or ahead
REMEMBERED = 10_000  # ids of messages; a service of yours keeps them in its database
KEY = web.AppKey("KEY", bytes)
SEEN: web.AppKey[OrderedDict[str, None]] = web.AppKey("SEEN", OrderedDict)


def is_genuine(key: bytes, headers: Mapping[str, str], body: bytes, now: float) -> bool:
    """Whether the body was signed with the key, lately. Source: Standard Webhooks 1.0, "Verifying signatures"."""
    id, timestamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not timestamp.isdecimal() or abs(now - int(timestamp)) > TOLERANCE:
        return False
    digest = hmac.digest(key, f"{id}.{timestamp}.".encode() + body, hashlib.sha256)
    expected = f"v1,{base64.b64encode(digest).decode()}".encode()
    given = headers.get("webhook-signature", "").encode().split(b" ")  # two, while the secret is changed
    return any([hmac.compare_digest(expected, each) for each in given])  # noqa: C419 - all of them, in the same time


async def receive(request: web.Request) -> web.Response:
    """204: it is done, or was before. 401: it is not ours. Anything else, and it is sent again."""
    body = await request.read()
    if not is_genuine(request.app[KEY], request.headers, body, time.time()):
        return web.Response(status=401)
    id, seen = request.headers["webhook-id"], request.app[SEEN]
    if id not in seen:
        act(json.loads(body))
        seen[id] = None
        if len(seen) > REMEMBERED:
            seen.popitem(last=False)
    return web.Response(status=204)


def act(event: dict[str, Any]) -> None:
    """What you would do. Do it fast, or put it into a queue of yours: an answer is awaited for ten seconds."""
    print(event["type"], event["data"].get("jobId", ""), flush=True)  # noqa: T201 - so that you see it


def create_app(secret: str) -> web.Application:
    """The receiver, for a secret as the service has shown it."""
    app = web.Application()
    app[KEY] = base64.b64decode(secret.removeprefix("whsec_"))
    app[SEEN] = OrderedDict()
    app.router.add_post("/hook", receive)
    return app


if __name__ == "__main__":
    web.run_app(create_app(os.environ["WEBHOOK_SECRET"]), host="127.0.0.1", port=int(os.environ.get("PORT", "8080")))
