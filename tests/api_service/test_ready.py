"""The health check of the API's container."""

import asyncio
import socket
from dataclasses import replace

import pytest

from api_service import ready
from shared.settings import Settings
from tests.api_service.conftest import Client


async def test_it_is_ready_while_the_store_answers(client: Client, settings: Settings) -> None:
    for host in ("127.0.0.1", "0.0.0.0", ""):  # noqa: S104 - where it would listen
        there = replace(settings, host=host, port=client.server.port or 0)
        assert await asyncio.to_thread(ready.what_is_wrong, there) == ""


async def test_it_is_not_ready_while_nothing_listens_or_nothing_is_stored(settings: Settings) -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        port = bound.getsockname()[1]
        assert f"port {port}" in await asyncio.to_thread(ready.what_is_wrong, replace(settings, port=port))


def test_wrong_settings_are_told_apart(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("PORT", "a door")
    assert ready.main() == 78
    assert "PORT" in capsys.readouterr().err
