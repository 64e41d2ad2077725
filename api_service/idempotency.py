"""Requests that are done once, however often they come (draft-ietf-httpapi-idempotency-key-header-07).

What is answered is kept for a day under the request's key, written in one step with the jobs: first as what will be
answered unless this process dies, then as what was.
"""

import asyncio
import re
import secrets
from collections.abc import Awaitable, Callable, Sequence
from hashlib import sha256
from math import ceil

import structlog
from aiohttp import web
from msgspec import Struct, json

from api_service.access import tenant
from api_service.keys import STORE
from api_service.preferences import APPLIED
from api_service.problems import Problem
from api_service.standing import corrected
from shared.codec import read
from shared.errors import StoreUnavailable
from shared.store import Once, Store, keys
from shared.store.connection import store_errors
from shared.store.submitting import read_once

HEADER = "Idempotency-Key"
MOST_JOBS = 1_000  # that are written in one step
ANSWERED_WITHIN = 10_000  # ms after the jobs were written; whoever waits longer is overtaken by whoever asks again

_TEXT = r'"((?:[ !#-\[\]-~]|\\["\\]){1,255})"'
_VALUE = r'=(?:"(?:[ !#-\[\]-~]|\\["\\])*"|[!#-+\--:<-~]+)'
_STRING = re.compile(rf"{_TEXT}(?:; *[a-z*][a-z0-9_.*-]*(?:{_VALUE})?)*")  # RFC 8941, 3.3.3; parameters mean nothing
_BARE = re.compile(r"[!#-+\--:<-~]{1,255}")  # what people send all the same: no quote, comma, semicolon, space
_HEADERS = ("Content-Type", "Location", "Content-Location", APPLIED, "Retry-After")

log = structlog.get_logger(__name__)


class Kept(Struct, frozen=True):
    """What stands under a key: of which request, until when (ms) it is in flight, and its answer."""

    request: str
    nonce: str
    until: int
    status: int
    headers: dict[str, str]
    body: str


_decode = json.Decoder(Kept).decode


class Taken(Exception):
    """Another request with the same key was first."""

    def __init__(self, kept: bytes) -> None:
        super().__init__("another request with the same key was first")
        self.kept = kept


class Ticket:
    """The right to do a request once."""

    def __init__(self, store: Store, key: str, request: str) -> None:
        self._store = store
        self._key = key
        self._request = request
        self._nonce = secrets.token_hex(8)

    def once(self, answer: web.Response) -> Once:
        """For the store, with what to answer if nothing is heard of us for a while."""
        until = self._store.now() + ANSWERED_WITHIN
        return Once(self._key, json.encode(self._kept(answer, until)))

    async def keep(self, answer: web.Response) -> None:
        """What was answered. If the store cannot take it now, what was to be answered stands."""
        try:
            with store_errors():
                await self._store.link.redis.set(self._key, json.encode(self._kept(answer, 0)), xx=True, keepttl=True)
        except StoreUnavailable as error:
            log.warning("answer not kept", reason=str(error))

    def _kept(self, answer: web.Response, until: int) -> Kept:
        headers = {name: answer.headers[name] for name in _HEADERS if name in answer.headers}
        body = answer.body
        assert isinstance(body, bytes)  # noqa: S101 - for mypy: all our answers are
        return Kept(self._request, self._nonce, until, answer.status, headers, body.decode())


async def done_once(
    request: web.Request, body: bytes, do: Callable[[Ticket | None], Awaitable[web.Response]]
) -> web.Response:
    """The answer of `do`, or what it was the first time. `do` raises `Taken` if its ticket turns out not to be."""
    written = request.headers.getall(HEADER, ())
    if not written:
        return await do(None)
    store, place, fingerprint = request.app[STORE], _place(request, written), _fingerprint(request, body)
    with store_errors():
        kept = await store.link.redis.get(place)
    if kept is not None:
        return _again(kept, fingerprint, store.now())
    ticket = Ticket(store, place, fingerprint)
    try:
        answer = await do(ticket)
    except Taken as taken:
        return _again(taken.kept, fingerprint, store.now())
    await asyncio.shield(ticket.keep(answer))
    return answer


def _again(text: bytes, fingerprint: str, now: int) -> web.Response:
    mine, standing = read_once(text)
    kept = read(_decode, mine, "an answer")
    if kept is None or kept.request != fingerprint:
        raise Problem(422, "Idempotency-Key reused", "This key came with another request. Make a new key for each.")
    if kept.until > now:
        seconds = str(ceil((kept.until - now) / 1000))
        detail = "The first request with this key has not been answered yet."
        raise Problem(409, "Request in flight", detail, headers={"Retry-After": seconds})
    if standing:
        applied = {name: value for name, value in kept.headers.items() if name == APPLIED}
        return corrected(kept.body, standing, applied)
    return web.Response(body=kept.body.encode(), status=kept.status, headers=kept.headers)


def take_no_key(request: web.Request) -> None:
    """Raise a 400 `Problem` for a key where none is heeded, so that nobody sends again what is then done again."""
    if HEADER in request.headers:
        detail = f"This path does not heed {HEADER}: what is sent again here is done again."
        raise Problem(400, "Idempotency-Key not heeded", detail)


def check_key(request: web.Request) -> None:
    """Raise a 400 `Problem` for a key that is none."""
    if written := request.headers.getall(HEADER, ()):
        _place(request, written)


def _place(request: web.Request, written: Sequence[str]) -> str:
    found = _STRING.fullmatch(written[0].strip()) or _BARE.fullmatch(written[0].strip())
    if found is None or len(written) > 1:
        detail = f'{HEADER} must be one string of 1 to 255 ASCII characters in double quotes, such as "8e03978e".'
        raise Problem(400, "Malformed Idempotency-Key", detail)
    key = found[1] if found.re is _STRING else found[0]
    return keys.once(tenant(request), sha256(key.encode()).hexdigest()[:32])


def _fingerprint(request: web.Request, body: bytes) -> str:
    asked = f"{request.method} {request.raw_path} {request.content_type}\n"
    return sha256(asked.encode() + body).hexdigest()
