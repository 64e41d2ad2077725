"""Sends one signed request to where a caller wants it, and tells how that went. Redirects are not followed."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType

import aiohttp
from yarl import URL

from shared.address_gate import AddressGate, AddressRefused, UrlRefused, check_url
from shared.retry_after import retry_after
from shared.signing import signatures
from shared.webhooks import Delivery
from worker_service.webhooks.resolving import Resolver

WITHIN = 10.0  # seconds
SHOWN = 256  # bytes of an answer: all that anybody sees of it
MOST_CONNECTIONS = 100
GONE = 410
_TIMEOUT = aiohttp.ClientTimeout(total=WITHIN)
_HEADERS = MappingProxyType({"Content-Type": "application/json", "User-Agent": "dmps-webhooks/1", "Accept": "*/*"})


_NO_HTTP = "The receiver did not answer as HTTP has it."
_REASONS = (
    (aiohttp.ClientConnectorDNSError, "The name of the receiver could not be resolved."),
    (aiohttp.ClientSSLError, "The receiver could not prove who it is (TLS)."),
    (aiohttp.ClientConnectorError, "The receiver could not be connected to."),
)


@dataclass(frozen=True)
class Sent:
    """How it went: `status` is that of the answer, 0 if there was none; then `why` says so."""

    status: int
    seconds: float
    answer: str = ""  # its beginning, escaped
    retry_after: float | None = None  # seconds that the receiver asks for
    code: str = ""  # for programs
    why: str = ""  # for people

    @property
    def is_taken(self) -> bool:
        """Whether the receiver has it."""
        return 200 <= self.status < 300  # noqa: PLR2004 - RFC 9110, 15.3


class Sender:
    """Holds the connections. Use it on the running loop; `close` it."""

    def __init__(self, gate: AddressGate) -> None:
        self._gate = gate
        self._resolver = Resolver()
        self._sessions: dict[bool, aiohttp.ClientSession] = {}  # by whether they lead to opened networks alone

    async def send(self, url: str, secrets: tuple[str, ...], delivery: Delivery, traceparent: str = "") -> Sent:
        """Never raises for what the other side does. The receiver is told of what it is a part, if that is traced."""
        begun = time.monotonic()
        headers = _signed(secrets, delivery) | ({"traceparent": traceparent} if traceparent else {})
        try:
            only_opened = check_url(url, self._gate)
            sent = await self._post(self._session(only_opened=only_opened), url, headers, delivery)
        except (UrlRefused, aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            code, why = _reason(error)
            return Sent(0, time.monotonic() - begun, code=code, why=why)
        return sent

    async def close(self) -> None:
        """Give the connections back."""
        for session in self._sessions.values():
            await session.close()
        await self._resolver.close()

    async def _post(self, session: aiohttp.ClientSession, url: str, headers: dict[str, str], what: Delivery) -> Sent:
        begun = time.monotonic()
        async with session.post(
            URL(url, encoded=True), data=what.body.encode(), headers=headers, allow_redirects=False
        ) as response:
            start = await response.content.read(SHOWN) if not response.content.at_eof() else b""
            response.close()  # whatever else comes
            return Sent(
                response.status,
                time.monotonic() - begun,
                answer=start.decode("ascii", "backslashreplace").encode("unicode_escape").decode()[:SHOWN],
                retry_after=retry_after(response.headers.get("Retry-After"), datetime.now(UTC)),
                code="answered",
                why=f"The receiver answered {response.status}.",
            )

    def _session(self, *, only_opened: bool) -> aiohttp.ClientSession:
        """Connections to the public and to opened networks are kept apart: a host may be in both by its names."""
        if only_opened not in self._sessions:
            connector = aiohttp.TCPConnector(
                limit=MOST_CONNECTIONS,
                socket_factory=self._gate.sockets(only_opened=only_opened),
                resolver=self._resolver,
                force_close=True,
            )
            self._sessions[only_opened] = aiohttp.ClientSession(
                connector=connector,
                cookie_jar=aiohttp.DummyCookieJar(),
                trust_env=False,
                auto_decompress=False,
                timeout=_TIMEOUT,
            )
        return self._sessions[only_opened]


def _signed(secrets: tuple[str, ...], delivery: Delivery) -> dict[str, str]:
    """Of this moment: receivers refuse what is older than five minutes."""
    timestamp = int(time.time())
    return {
        **_HEADERS,
        "webhook-id": delivery.event_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": signatures(secrets, delivery.event_id, timestamp, delivery.body.encode()),
    }


def _reason(error: Exception) -> tuple[str, str]:
    """A code and a message that tell nothing of what lies within our networks."""
    cause = error.os_error if isinstance(error, aiohttp.ClientConnectorError) else error
    if isinstance(cause, AddressRefused | UrlRefused):
        return "address_refused", str(cause)
    if isinstance(error, TimeoutError):
        return "timeout", f"The receiver did not answer within {WITHIN:g} s."
    return "unreachable", next((why for kind, why in _REASONS if isinstance(error, kind)), _NO_HTTP)
