"""What a caller can read (RFC 9110, section 12.5): media types by `Accept`, gzip by `Accept-Encoding`."""

from collections.abc import Iterable, Iterator
from functools import lru_cache

from aiohttp import web

from api_service.cors import vary

ANY = "*/*"
LEAST = 1024  # bytes of a body that are worth to be packed
SHORT = 512  # characters of a header that are worth to be remembered


def accepts(request: web.Request, offered: tuple[str, ...]) -> bool:
    """Whether the caller can read one of these media types. One who does not say takes anything."""
    headers = request.headers
    if "Accept" not in headers:
        return True
    written = ", ".join(headers.getall("Accept"))
    if written == ANY or not offered:
        return True
    return _remembered(written, offered) if len(written) <= SHORT else _is_among(written, offered)


def pack(request: web.Request, response: web.StreamResponse) -> None:
    """Have an answer packed, if it is text, not short, and its caller can unpack it. Streams and files never are."""
    if not isinstance(response, web.Response) or response.prepared:
        return
    body = response.body
    if not isinstance(body, bytes) or len(body) <= LEAST or not _is_text(response.content_type):
        return
    vary(response, "Accept-Encoding")
    if _unpacks_gzip(request.headers.get("Accept-Encoding", "")):
        response.enable_compression(web.ContentCoding.gzip)


def _is_among(written: str, offered: Iterable[str]) -> bool:
    ranges = dict(_weighted(written))
    if not ranges:  # nothing that is a media range: it says nothing
        return True
    return any(_weight(ranges, media_type) > 0 for media_type in offered)


_remembered = lru_cache(256)(_is_among)


def _weight(ranges: dict[str, float], media_type: str) -> float:
    """Of the most precise range that has the type."""
    if media_type == ANY:  # a file may be anything
        return max(ranges.values())
    kind = media_type.partition("/")[0]
    for known in (media_type, f"{kind}/*", ANY):
        if known in ranges:
            return ranges[known]
    return 0.0


def _weighted(written: str) -> Iterator[tuple[str, float]]:
    """Each entry with its `q`. Other parameters are not looked at; what cannot be read is passed over."""
    for entry in written.lower().split(","):
        name, *parameters = (part.strip() for part in entry.split(";"))
        kind, slash, rest = name.partition("/")
        if kind and slash and rest:
            yield name, _quality(parameters)


def _quality(parameters: Iterable[str]) -> float:
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            try:
                return float(value)
            except ValueError:
                return 0.0
    return 1.0


@lru_cache(64)
def _unpacks_gzip(written: str) -> bool:
    weights = {}
    for entry in written.lower().split(","):
        name, *parameters = (part.strip() for part in entry.split(";"))
        weights[name] = _quality(parameters)
    return weights.get("gzip", weights.get("x-gzip", weights.get("*", 0.0))) > 0


def _is_text(media_type: str) -> bool:
    return media_type.startswith("text/") or media_type.endswith(("json", "jsonl", "xml"))
