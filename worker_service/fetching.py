"""Fetches what a URL of a caller's leads to, through the address gate, within bounds of size and time.

Nothing that lies within our networks is told by what is raised: neither what answered there, nor whether anything did.
"""

import asyncio
from http import HTTPStatus
from typing import IO

import aiohttp
from yarl import URL

from shared.address_gate import WEB, AddressGate, AddressRefused, UrlRefused, check_url
from worker_service.processors import Reject, RetryLater

WITHIN = 60.0  # seconds
MOST_REDIRECTS = 3
_BLOCK = 256 * 1024  # bytes
_HEADERS = {"User-Agent": "dmps/1", "Accept": "*/*", "Accept-Encoding": "identity"}
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_NOT_NOW = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS})


async def fetch(url: str, gate: AddressGate, target: IO[bytes], limit: int, where: str) -> None:
    """Write the content to a file, at most `limit` bytes. Redirects are followed, each through the gate.

    Raises `Reject` for what will not be better the next time, else `RetryLater`; both name `where`.
    """
    try:
        async with asyncio.timeout(WITHIN):
            for _ in range(MOST_REDIRECTS + 1):
                elsewhere = await _ask(url, gate, target, limit, where)
                if elsewhere is None:
                    return
                url = elsewhere
    except UrlRefused as error:
        raise Reject(f"{where}: {error}") from error
    except TimeoutError as error:
        raise RetryLater(message=f"{where}: The file did not come within {WITHIN:g} s.") from error
    except (aiohttp.ClientError, OSError, ValueError) as error:
        cause = error.os_error if isinstance(error, aiohttp.ClientConnectorError) else error
        if isinstance(cause, AddressRefused):
            raise Reject(f"{where}: {cause}") from error
        raise RetryLater(message=f"{where}: The file could not be fetched.") from error
    raise Reject(f"{where}: It leads elsewhere more than {MOST_REDIRECTS} times.")


async def _ask(url: str, gate: AddressGate, target: IO[bytes], limit: int, where: str) -> str | None:
    """Answers where it leads, if elsewhere."""
    sockets = gate.sockets(only_opened=check_url(url, gate, WEB))
    async with (
        aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(socket_factory=sockets, force_close=True),
            cookie_jar=aiohttp.DummyCookieJar(),
            trust_env=False,
            auto_decompress=False,
        ) as session,
        session.get(URL(url, encoded=True), headers=_HEADERS, allow_redirects=False) as response,
    ):
        if response.status in _REDIRECTS and "Location" in response.headers:
            return str(URL(url, encoded=True).join(URL(response.headers["Location"])))
        _judge(response, limit, where)
        await _receive(response, target, limit, where)
    return None


def _judge(response: aiohttp.ClientResponse, limit: int, where: str) -> None:
    status = response.status
    if status != HTTPStatus.OK:
        message = f"{where}: The server answered {status}."
        if HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR and status not in _NOT_NOW:
            raise Reject(message)
        raise RetryLater.from_header(response.headers.get("Retry-After"), message)
    if response.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise Reject(f"{where}: The server sends it packed, though it was asked not to.")
    if (response.content_length or 0) > limit:
        raise Reject(f"{where}: It has more than {limit:,} bytes.")


async def _receive(response: aiohttp.ClientResponse, target: IO[bytes], limit: int, where: str) -> None:
    count = 0
    async for block in response.content.iter_chunked(_BLOCK):
        count += len(block)
        if count > limit:
            raise Reject(f"{where}: It has more than {limit:,} bytes.")
        target.write(block)  # this is no loop of others: a child has nothing else to do
    if not count:
        raise Reject(f"{where}: There is nothing in it.")
