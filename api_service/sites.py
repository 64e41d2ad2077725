"""Which web pages may use the service while no keys are in force: then it cannot tell people from pages they visit.

A page of any site may have a browser send what needs no preflight, to this machine as well
(https://fetch.spec.whatwg.org/#simple-header). And a page whose owner has its name lead to 127.0.0.1 afterwards (DNS
rebinding) is of our own origin for the browser, and reads what it likes: only `Host` still says where it came from.
"""

import ipaddress
import re
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import SplitResult, urlsplit

from aiohttp import web

from api_service.cors import ANY
from api_service.exposure import is_loopback
from api_service.problems import Problem
from shared.settings import Settings

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_HOST = re.compile(r"(\[[^\[\]]+\]|[^:\[\]]+)(?::\d*)?")  # RFC 9110, section 7.2
_NAMES = 256  # of `Host`, that are remembered


@dataclass(frozen=True)
class Sites:
    """Which pages may send what changes something, and by which names the service is known."""

    origins: frozenset[str]  # of others
    is_local: bool  # only this machine can reach it

    @classmethod
    def of(cls, settings: Settings) -> "Sites":
        """As the operator wants them."""
        return cls(frozenset(settings.cors_origins), is_loopback(settings.host))

    def check(self, request: web.Request) -> None:
        """Raise a 421 `Problem` for a name that need not be this machine's, 403 for what a page of others sends."""
        host = request.headers.get("Host")
        if self.is_local and host and not _is_of_this_machine(host):
            detail = "This service listens for this machine alone: call it localhost, or by its IP address."
            raise Problem(421, "Host not served", detail)
        if request.method not in SAFE and self._is_foreign(request):
            detail = (
                "A web page of another origin sent this, and no API keys are in force. If it may, name its origin"
                " in DMPS_CORS_ORIGINS."
            )
            raise Problem(403, "Page of another origin", detail)

    def _is_foreign(self, request: web.Request) -> bool:
        """What says neither whence it comes is no browser's. A page cannot forge what a browser says of it."""
        site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
        if ANY in self.origins or origin in self.origins:
            return False
        if site is not None and site != "none":
            return site != "same-origin"  # a proxy may have taken https off: so the origin is not compared
        return origin is not None and origin != f"{request.scheme}://{request.host}"


def split(url: str) -> SplitResult | None:
    """The parts of a URL; None if it is none at all, such as `http://[`."""
    try:
        return urlsplit(url)
    except ValueError:
        return None


@lru_cache(_NAMES)
def _is_of_this_machine(host: str) -> bool:
    """Whether it is an IP address, or a name that leads nowhere else (RFC 6761, section 6.3). A port may follow."""
    parts = _HOST.fullmatch(host)
    name = "" if parts is None else parts[1].strip("[]").lower().removesuffix(".")
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
