"""What both drivers know of the API: where it is, who calls, and what an error of the link means."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.metadata import version
from urllib.parse import urlsplit, urlunsplit

import httpx2

from dmps.errors import Unreachable
from dmps.exchange import Ask, Part
from dmps.patience import Patience

DEFAULT_URL = "http://127.0.0.1:3000"
CONNECT_WITHIN = 5.0  # seconds
OK = 200
NOT_SENT = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout, httpx2.ProxyError)


def without_password(url: str) -> str:
    """The same for people and logs."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


@dataclass(frozen=True)
class Connection:
    """`url` and `api_key`, where they are not given, are those of DMPS_URL and DMPS_API_KEY."""

    url: str
    api_key: str = field(repr=False)
    patience: Patience
    numbers: type

    @property
    def headers(self) -> Mapping[str, str]:
        """What each request says."""
        key = {"Authorization": f"Bearer {self.api_key}"} if self.api_key else {}
        return {"User-Agent": f"dmps-client/{version('dmps')}", "Accept": "application/json, */*;q=0.5", **key}


def connection(url: str | None, api_key: str | None, patience: Patience | None, numbers: type) -> Connection:
    """Raises `ValueError` for what is no URL, and for a key that no header can carry."""
    where = (url or os.environ.get("DMPS_URL") or DEFAULT_URL).rstrip("/")
    parts = urlsplit(where)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError(f"{without_password(where)!r} is not the URL of an API, such as {DEFAULT_URL}.")
    key = (api_key if api_key is not None else os.environ.get("DMPS_API_KEY", "")).strip()
    if not key.isascii() or not (key == "" or key.isprintable()) or " " in key:
        raise ValueError("The API key has characters that no key has. It looks like dmps_0123456789abcdef_...")
    return Connection(where, key, patience or Patience(), numbers)


def headers(ask: Ask) -> Mapping[str, str]:
    """Those of one request; a part of a file says how long it is."""
    length = {"Content-Length": str(ask.body.size)} if isinstance(ask.body, Part) else {}
    return {**ask.headers, **length}


def timeouts(ask: Ask) -> httpx2.Timeout:
    """Those of one request; one that waits is granted its wait."""
    waits = _wait(ask.headers.get("Prefer", ""))
    return httpx2.Timeout(ask.within + waits, connect=CONNECT_WITHIN)


@contextmanager
def link_errors(url: str) -> Iterator[None]:
    """What the library raises becomes `Unreachable`."""
    try:
        yield
    except httpx2.TransportError as error:
        reason = str(error) or type(error).__name__
        raise Unreachable(
            without_password(url), reason.rstrip("."), was_sent=not isinstance(error, NOT_SENT)
        ) from error


def _wait(prefer: str) -> float:
    name, _, seconds = prefer.partition("=")
    return float(seconds) if name == "wait" else 0.0
