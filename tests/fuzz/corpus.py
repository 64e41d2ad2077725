"""Hostile requests, each made from a seed and so again the same: `case(7)` is what the seventh was, and will be."""

import copy
import json
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from tests.fuzz.values import IDS, NAMES, TEXTS, TIMES, wrong

JOBS, BATCH, FILES = "/api/jobs", "/api/jobs/batch", "/api/files"
EXAMPLES: tuple[dict[str, Any], ...] = (
    {"type": "calculation", "payload": {"operation": "percentiles", "numbers": [1, 2.5, -3], "percentiles": [25, 50]}},
    {
        "type": "data-enrichment",
        "payload": {
            "records": [{"email": "a@example.com", "when": "2025-04-06"}],
            "enrich": [{"field": "email", "with": "email"}, {"field": "when", "with": "timestamp", "options": {}}],
        },
    },
    {"type": "file-processing", "payload": {"fileId": IDS[0], "operations": [{"type": "metadata"}]}},
)
OPTIONS: dict[str, Any] = {
    "delay": 60,
    "maxAttempts": 3,
    "timeout": 30,
    "tags": ["a", "b"],
    "metadata": {"by": "me"},
    "keepFor": 60,
    "queue": "default",
    "priority": "high",
    "backoff": {"kind": "linear", "delay": 1, "max": 2, "jitter": False},
    "maxElapsed": 60,
    "expiresIn": 60,
    "deadline": 60,
    "heartbeat": 10,
    "dedup": {"key": "a", "for": 60},
}


@dataclass(frozen=True)
class Case:
    """What is sent, and the statuses of which one must be answered; none are named where any refusal will do."""

    name: str
    sent: bytes
    expected: frozenset[int] = frozenset()


Maker = Callable[[random.Random], Case]


def case(seed: int) -> Case:
    """The request of this seed. The classes take turns."""
    chance = random.Random(seed)  # noqa: S311 - it is to come out the same again
    name, make = tuple(MAKERS.items())[seed % len(MAKERS)]
    made = make(chance)
    return Case(f"{seed}: {name}, {made.name}", made.sent, made.expected)


def request(
    path: str, body: bytes = b"", method: str = "POST", head: bytes = b"Content-Type: application/json\r\n"
) -> bytes:
    """A request with the right length, after which the connection ends."""
    line = f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: {len(body)}\r\n"
    return line.encode("utf-8", "surrogateescape") + head + b"\r\n" + body


def whole(chance: random.Random) -> dict[str, Any]:
    """A good submission, with some of the options."""
    chosen = chance.sample(sorted(OPTIONS), chance.randrange(len(OPTIONS)))
    return copy.deepcopy({**chance.choice(EXAMPLES), "options": {name: OPTIONS[name] for name in chosen}})


def framing(chance: random.Random) -> Case:
    """Two readers of which must not see two different requests in it."""
    body = b'{"type":"calculation","payload":{"operation":"sum","numbers":[1]}}'
    size = str(len(body)).encode()
    chunked, length = b"Transfer-Encoding: chunked\r\n", b"Content-Length: " + size + b"\r\n"
    heads = (
        chunked + length,
        length + length,
        length + b"Content-Length: 1\r\n",
        *(b"Content-Length: " + odd + b"\r\n" for odd in (b"+5", b"-1", b"0x5", b"5,5", b"5 5", b"", b"9" * 40)),
        *(b"Transfer-Encoding: " + odd + b"\r\n" for odd in (b"chunked, identity", b"xchunked", b"\x0bchunked")),
        b"Content-Length : 5\r\n",
        b" Content-Length: 5\r\n",
        length + b"X: a\x00b\r\n",
        length + b"X: 1\r\n folded\r\n",
        length + b"X\r\n",
        length + b"Host: y\r\n",
    )
    head = b"POST /api/jobs HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nConnection: close\r\n"
    return Case("head", head + chance.choice(heads) + b"\r\n" + body, frozenset({400}))


def chunks(chance: random.Random) -> Case:
    """A body whose chunks are not what they say."""
    odd = chance.choice((b"ZZ", b"-1", b"+2", b"0x2", b"2 ", b"", b"f" * 20, b"2\r\n{}\r\n2", b"2\n{}", b"\x00"))
    head = b"POST /api/jobs HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    head += b"Transfer-Encoding: chunked\r\n\r\n"
    return Case("chunks", head + odd + b"\r\n{}\r\n0\r\n\r\n")


def lines(chance: random.Random) -> Case:
    """A request line, or a header, of odd bytes."""
    odd = bytes(
        chance.choice(b"\x00\x01\t \r\n:/%?#[]@\\\x7f\x80\xc3\xff\xfeaA0") for _ in range(chance.randrange(1, 30))
    )
    name = chance.choice(
        (b"Host", b"Expect", b"Accept", b"If-None-Match", b"Content-Type", b"Upgrade", b"Cookie", b"X")
    )
    forms = (
        b"GET /" + odd + b" HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
        b"GET " + odd + b" HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
        odd + b" / HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET /api/jobs HTTP/1.1\r\nConnection: close\r\n" + name + b": " + odd + b"\r\n\r\n",
        b"POST /api/jobs HTTP/1.1\r\nContent-Length: 2\r\nConnection: close\r\n" + name + b": " + odd + b"\r\n\r\n{}",
        b"GET /api/jobs?" + odd + b" HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
        odd * 1000 + b"\r\n\r\n",
    )
    return Case("odd bytes", chance.choice(forms))


def media(chance: random.Random) -> Case:
    """A good body that is said to be something else, or to be packed."""
    path, body = chance.choice((JOBS, BATCH)), json.dumps(whole(chance)).encode()
    types = (
        "text/plain",
        "multipart/form-data; boundary=x",
        "application/json; charset=utf-7",
        "",
        ";",
        "a/b/c",
        "*/*",
    )
    heads = [f"Content-Type: {kind}\r\n".encode() for kind in types]
    heads += [f"Content-Type: application/json\r\nContent-Encoding: {c}\r\n".encode() for c in ("gzip", "br", "x", "")]
    return Case("media", request(path, body, head=chance.choice(heads)), frozenset({415}))


def syntax(chance: random.Random) -> Case:
    """A good body, with some bytes put in, left out or doubled."""
    body = bytearray(json.dumps(whole(chance)).encode())
    for _ in range(chance.randrange(1, 4)):
        place = chance.randrange(len(body))
        body[place : place + chance.randrange(4)] = chance.choice(TEXTS).encode("utf-8", "surrogatepass")
    return Case("mutilated", request(chance.choice((JOBS, BATCH)), bytes(body)))


def bombs(chance: random.Random) -> Case:
    """A small text that costs much, if one lets it."""
    size = chance.choice((100, 5_000, 100_000))
    inner = chance.choice((b"[" * size, b'{"a":' * size, b"[" * size + b"]" * size, b"9" * size, b"1e" + b"9" * size))
    text = b'{"type":"calculation","payload":{"operation":"sum","numbers":[' + inner + b"]}}"
    if chance.random() < 0.5:
        return Case("bomb in a batch", request(BATCH, b'{"jobs":[' + text + b"]}"))
    return Case("bomb", request(JOBS, text))


def fields(chance: random.Random) -> Case:
    """A wrong value in some place."""
    job = whole(chance)
    place, name = _place(chance, job)
    place[name] = wrong(chance)
    return Case("wrong value", request(JOBS, _dump(job)))


def strangers(chance: random.Random) -> Case:
    """A member that callers do not write."""
    job = whole(chance)
    holder = chance.choice([job, job["payload"], job["options"]])
    holder[chance.choice(NAMES)] = wrong(chance)
    return Case("strange member", request(JOBS, _dump(job)), frozenset({400, 422}))


def batches(chance: random.Random) -> Case:
    """Good and bad jobs together."""
    jobs: list[Any] = [whole(chance) for _ in range(chance.randrange(1, 5))]
    jobs[chance.randrange(len(jobs))] = wrong(chance)
    atomic = chance.choice((True, False, wrong(chance)))
    return Case("batch", request(BATCH, _dump({"jobs": jobs, "atomic": atomic})))


def many_lines(chance: random.Random) -> Case:
    """A batch in lines, some of which are none."""
    lines = [_dump(whole(chance)) for _ in range(chance.randrange(1, 4))]
    lines.insert(
        chance.randrange(len(lines)), chance.choice((b"", b"\r", b"{", b"[]", b"\xff", b"\0", b"{}{}", b"[" * 99))
    )
    head = b"Content-Type: application/x-ndjson\r\n"
    return Case(
        "lines", request(f"{BATCH}?atomic={chance.choice(('true', 'false', 'x'))}", b"\n".join(lines), head=head)
    )


def asks(chance: random.Random) -> Case:
    """A good submission, with a header that says something odd."""
    odd = chance.choice(('"', '""', '"a', "a, b", "0", "-1", "1e9", "9" * 30, "wait", "\x7f", "é", ";=,", "a" * 4_000))
    name = chance.choice(("Idempotency-Key", "Prefer", "If-Match", "Authorization", "X-Request-ID", "traceparent"))
    value = f"wait={odd}" if name == "Prefer" else odd
    path, method = chance.choice(((JOBS, "POST"), (BATCH, "POST"), (JOBS, "GET")))
    body = _dump(whole(chance)) if method == "POST" else b""
    head = f"Content-Type: application/json\r\n{name}: {value}\r\n".encode("utf-8", "surrogateescape")
    return Case("header", request(path, body, method, head))


def keys_again(chance: random.Random) -> Case:
    """A key of few, so that it was used already, with this body or another."""
    head = f'Content-Type: application/json\r\nIdempotency-Key: "k{chance.randrange(20)}"\r\n'.encode()
    job = {**EXAMPLES[0], "options": {"dedup": {"key": str(chance.randrange(20))}}}
    body = _dump(chance.choice(({"jobs": [job, EXAMPLES[0]]}, job)))
    return Case("key", request(chance.choice((JOBS, BATCH)), body, head=head), frozenset({200, 202, 409, 422}))


def streams(chance: random.Random) -> Case:
    """A stream that nobody can have had a part of."""
    path = chance.choice(("/api/events", f"/api/jobs/{IDS[0]}/events"))
    last = chance.choice(("x", "-1", "1.5", "9" * 17, "٣", "1-1", "0x5", "1 2"))
    return Case("stream", request(path, method="GET", head=f"Last-Event-ID: {last}\r\n".encode()))


def ids(chance: random.Random) -> Case:
    """What is no id, in the place of one."""
    form, method = chance.choice(
        (
            ("/api/jobs/{}", "GET"),
            ("/api/jobs/{}/cancel", "POST"),
            ("/api/jobs/{}/retry", "POST"),
            ("/api/jobs/{}/events", "GET"),
            ("/api/files/{}", "GET"),
            ("/api/queues/{}", "GET"),
            ("/api/queues/{}", "PATCH"),
            ("/api/job-types/{}", "PATCH"),
            ("/api/workers/{}/drain", "POST"),
        )
    )
    path = form.format(chance.choice(IDS))
    return Case("id", request(path, _dump({chance.choice(("paused", "maxRunning", "x")): wrong(chance)}), method))


def times(chance: random.Random) -> Case:
    """A time that there is not, or that lies too far away."""
    job = whole(chance)
    job["options"] = {chance.choice(("runAt", "delay", "deadline", "expiresIn")): chance.choice(TIMES)}
    return Case("time", request(JOBS, _dump(job)))


def queries(chance: random.Random) -> Case:
    """Parameters of a list."""
    name = chance.choice(("status", "type", "tag", "pageSize", "pageToken", *NAMES))
    odd = chance.choice(("", "%", "%00", "%ff", "1e9", "-1", "٣", "a" * 5_000, "Zm9v", "null", "a&" * 500))
    path = chance.choice((JOBS, "/health/live", "/api/queues"))
    return Case("query", request(f"{path}?{name.encode().hex() if not name.isascii() else name}={odd}", method="GET"))


def uploads(chance: random.Random) -> Case:
    """Files that are none."""
    head = chance.choice((b"", b"Content-Type: multipart/form-data\r\n", b"Content-Encoding: gzip\r\n"))
    return Case("upload", request(FILES, chance.randbytes(chance.choice((0, 1, 5_000))), head=head))


def _place(chance: random.Random, value: Any) -> tuple[Any, Any]:
    """Somewhere within a value: what holds it, and by which name or index."""
    name = chance.choice(list(value) if isinstance(value, dict) else range(len(value)))
    inner = value[name]
    if isinstance(inner, dict | list) and inner and chance.random() < 0.7:
        return _place(chance, inner)
    return value, name


def _dump(value: Any) -> bytes:
    return json.dumps(value).encode()


MAKERS: Mapping[str, Maker] = MappingProxyType(
    {
        make.__name__: make
        for make in (
            framing, chunks, lines, media, syntax, bombs, fields, strangers, batches, ids, times, queries, uploads,
            many_lines, asks, keys_again, streams,
        )
    }
)  # fmt: skip
