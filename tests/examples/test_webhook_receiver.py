"""The receiver of `examples/`, against the standard's own library and against our own signatures."""

import importlib.util
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient
from standardwebhooks import Webhook

from shared.signing import new_secret, signatures
from tests.processes import ROOT

SECRET = new_secret(bytes(range(32)))
BODY = '{"type":"job.completed","data":{"jobId":"\u00e9"}}'
Client = TestClient[web.Request, web.Application]


def example() -> Any:
    """As a stranger would load it: it is no package of ours."""
    spec = importlib.util.spec_from_file_location("receiver", ROOT / "examples" / "webhook_receiver" / "receiver.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
async def receiver(aiohttp_client: Callable[..., Awaitable[Client]]) -> Client:
    return await aiohttp_client(example().create_app(SECRET))


def signed(signature: str, timestamp: int, id: str = "evt_1") -> dict[str, str]:
    return {"webhook-id": id, "webhook-timestamp": str(timestamp), "webhook-signature": signature}


async def status(receiver: Client, headers: dict[str, str], body: str = BODY) -> int:
    async with receiver.post("/hook", data=body.encode(), headers=headers) as response:
        return response.status


async def test_what_the_standards_own_library_signs_is_believed(receiver: Client) -> None:
    now = datetime.now(UTC)
    signature = Webhook(SECRET).sign("evt_1", now, BODY)
    assert await status(receiver, signed(signature, int(now.timestamp()))) == 204


async def test_what_we_sign_with_two_secrets_is_believed_by_who_knows_either(receiver: Client) -> None:
    now = int(time.time())
    signature = signatures([new_secret(bytes(24)), SECRET], "evt_1", now, BODY.encode())
    assert await status(receiver, signed(signature, now)) == 204


@pytest.mark.parametrize("age", [-400, 400])
async def test_what_is_old_or_ahead_is_not_believed(receiver: Client, age: int) -> None:
    then = int(time.time()) - age
    assert await status(receiver, signed(signatures([SECRET], "evt_1", then, BODY.encode()), then)) == 401


@pytest.mark.parametrize("change", ["body", "id", "secret", "version", "nothing", "time"])
async def test_what_was_changed_is_not_believed(receiver: Client, change: str) -> None:
    now = int(time.time())
    secret = new_secret(24 * b"x") if change == "secret" else SECRET
    headers = signed(signatures([secret], "evt_1", now, BODY.encode()), now)
    match change:
        case "id":
            headers["webhook-id"] = "evt_2"
        case "version":
            headers["webhook-signature"] = headers["webhook-signature"].replace("v1,", "v2,")
        case "nothing":
            headers = {}
        case "time":
            headers["webhook-timestamp"] = str(now + 1)
    assert await status(receiver, headers, BODY + " " if change == "body" else BODY) == 401


async def test_what_comes_twice_is_done_once(receiver: Client, capsys: pytest.CaptureFixture[str]) -> None:
    now = int(time.time())
    headers = signed(signatures([SECRET], "evt_1", now, BODY.encode()), now)
    assert [await status(receiver, headers) for _ in range(2)] == [204, 204]
    assert capsys.readouterr().out == "job.completed \u00e9\n"
