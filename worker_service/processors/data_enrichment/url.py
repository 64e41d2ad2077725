"""`url`: addresses normalised by RFC 3986, sections 6.2.2 and 6.2.3; nothing is fetched or resolved."""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any
from urllib.parse import SplitResult, quote, urlsplit

from worker_service.processors.data_enrichment.host import Host, canonical_host, unicode_host
from worker_service.processors.data_enrichment.tracking import without_tracking
from worker_service.processors.data_enrichment.value import Unusable, text

MAX_LENGTH = 2_048
ASSUMED_SCHEME = "https"

DEFAULT_PORTS: Mapping[str, int] = MappingProxyType({"http": 80, "https": 443, "ftp": 21, "ws": 80, "wss": 443})

_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_ESCAPED_OR_ILLEGAL = re.compile(r"%[0-9A-Fa-f]{2}|[^A-Za-z0-9\-._~!$&'()*+,;=:@/?]")
_WITH_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
_OTHER_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:(?![0-9])")  # mailto:, and not localhost:3000
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def url(value: Any, _: Mapping[str, Any]) -> dict[str, Any]:  # noqa: ANN401 - any JSON value
    """The address of a page or server: `http`, `https`, `ftp`, `ws` or `wss`.

    `normalized` (without the default port and without credentials), `scheme`, `schemeStated` (or was `https`
    assumed), `host` (in ASCII), `hostType` (`name`, `ipv4`, `ipv6`), `port` (an integer: the scheme's own if none is
    stated), `path`, `subdomain`, `registrableDomain`, `publicSuffix` (null where the host has none), `credentials`
    (whether a user or password stood in it; they are not repeated), `unicodeHost` (for people), `withoutTracking` (the
    normal form without the parameters that only tell where a visitor came from), `tracking` (their names).
    """
    written = text(value, limit=MAX_LENGTH)
    stated = bool(_WITH_SCHEME.match(written))
    split = _split(written) if stated else _split_assuming(written)
    host, port = _host(split), _port(split)
    if not stated and host.type == "name" and host.parts.registrable is None:
        raise Unusable("invalid", "The address has no scheme and no known domain: begin it with https:// or the like.")
    path = _without_dots(_escaped(split.path))
    query, tracking = without_tracking(split.query)
    return {
        "normalized": _joined(split, host, port, path),
        "scheme": split.scheme,
        "schemeStated": stated,
        "host": host.written,
        "hostType": host.type,
        "port": port,
        "path": path,
        "subdomain": host.parts.subdomain,
        "registrableDomain": host.parts.registrable,
        "publicSuffix": host.parts.suffix,
        "credentials": "@" in split.netloc,
        "unicodeHost": unicode_host(host.written) if host.type == "name" else host.written,
        "withoutTracking": _joined(split._replace(query=query), host, port, path),
        "tracking": tracking,
    }


def _split(written: str) -> SplitResult:
    if _CONTROL.search(written):
        raise Unusable("invalid", "The address has control characters in it.")  # urlsplit drops some in silence
    try:
        split = urlsplit(written)
    except ValueError as error:
        raise _no_host() from error
    if split.scheme not in DEFAULT_PORTS:
        raise Unusable("invalid", f"Only addresses with {', '.join(DEFAULT_PORTS)} are read.")
    return split


def _split_assuming(written: str) -> SplitResult:
    if _OTHER_SCHEME.match(written):
        raise Unusable("invalid", f"Only addresses with {', '.join(DEFAULT_PORTS)} are read.")
    split = _split(f"{ASSUMED_SCHEME}://{written.removeprefix('//')}")
    if "@" in split.netloc:  # an e-mail address, most likely
        raise Unusable("invalid", "The address has no scheme: begin it with https:// or the like.")
    return split


def _host(split: SplitResult) -> Host:
    host = split.hostname or ""
    if ("[" in split.netloc.rpartition("@")[2]) is not (":" in host):
        raise _no_host()  # in brackets stands an IPv6 address, and nothing else of what RFC 3986 may yet allow
    try:
        return canonical_host(host)
    except ValueError as error:
        raise _no_host() from error


def _no_host() -> Unusable:
    return Unusable("invalid", "The address has no valid host after its scheme.")


def _port(split: SplitResult) -> int:
    try:
        port = split.port
    except ValueError as error:
        raise Unusable("invalid", "The port of the address must be a number from 0 to 65535.") from error
    return DEFAULT_PORTS[split.scheme] if port is None else port


def _joined(split: SplitResult, host: Host, port: int, path: str) -> str:
    stated_port = "" if port == DEFAULT_PORTS[split.scheme] else f":{port}"
    query = f"?{_escaped(split.query)}" if split.query else ""
    fragment = f"#{_escaped(split.fragment)}" if split.fragment else ""
    return f"{split.scheme}://{host.written}{stated_port}{path}{query}{fragment}"


def _escaped(part: str) -> str:
    """Percent signs where they must be, in capitals, and none where they need not be (sections 6.2.2.1, 6.2.2.2)."""
    return _ESCAPED_OR_ILLEGAL.sub(_escape, part)


def _escape(found: re.Match[str]) -> str:
    piece = found[0]
    if len(piece) == 1:
        return quote(piece, safe="")
    char = chr(int(piece[1:], 16))
    return char if char in _UNRESERVED else piece.upper()


def _without_dots(path: str) -> str:
    """The path without `.` and `..` segments (section 5.2.4), beginning with a slash."""
    kept: list[str] = []
    segments = path.split("/")[1:]
    for segment in segments:
        if segment == "..":
            del kept[-1:]
        elif segment != ".":
            kept.append(segment)
    if segments and segments[-1] in {".", ".."}:
        kept.append("")
    return "/" + "/".join(kept)
