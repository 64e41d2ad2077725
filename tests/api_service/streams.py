"""Reads server-sent events as a browser would."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from aiohttp import ClientResponse
from msgspec import json


@dataclass(frozen=True)
class Heard:
    """One event."""

    id: int
    name: str
    data: Any


async def frames(response: ClientResponse) -> AsyncIterator[list[str]]:
    """The lines of each frame, comments and all."""
    lines: list[str] = []
    async for line in response.content:
        if text := line.decode().removesuffix("\n"):
            lines.append(text)
        else:
            yield lines
            lines = []


async def heard(response: ClientResponse) -> AsyncIterator[Heard]:
    """The events, until the stream ends."""
    async for lines in frames(response):
        fields = dict(line.split(": ", 1) for line in lines if not line.startswith(":"))
        if "event" in fields:
            yield Heard(int(fields["id"]), fields["event"], json.decode(fields["data"]))


async def until(response: ClientResponse, name: str) -> list[Heard]:
    """The events up to the first of that name."""
    found = []
    async for each in heard(response):
        found.append(each)
        if each.name == name:
            break
    return found
