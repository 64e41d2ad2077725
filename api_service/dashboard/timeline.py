"""When a job waited and when it ran, as bars on one scale. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

WIDTH = 1000.0
LEAST = 4.0  # of the width: what is shorter would not be seen
MOST = 20  # attempts, the newest


@dataclass(frozen=True)
class Bar:
    """A stretch of time: where it stands on the scale, and what it was."""

    kind: str  # `waited`, `running`, or how the attempt ended
    x: float
    width: float
    start: str | None  # RFC 3339
    end: str | None
    attempt: Mapping[str, Any] | None = None


def drawn(job: Mapping[str, Any]) -> Sequence[Bar]:
    """The wait before the first attempt, then each attempt; what goes on reaches to the end of the scale."""
    attempts: Sequence[Mapping[str, Any]] = job["attempts"]
    first = attempts[0]["startedAt"] if attempts else job["completedAt"]
    spans: list[tuple[str, str, str | None, Mapping[str, Any] | None]] = [("waited", job["createdAt"], first, None)]
    spans += [(each["outcome"] or "running", each["startedAt"], each["endedAt"], each) for each in attempts[-MOST:]]
    known = [_ms(time) for _, start, end, _ in spans for time in (start, end) if time]
    begin, last = min(known), max(known)
    is_open = any(end is None for _, _, end, _ in spans)
    end = last + max(1.0, (last - begin) / 4) if is_open else last
    scale = WIDTH / max(1.0, end - begin)
    return [_bar(span, begin, end, scale) for span in spans]


def _bar(span: tuple[str, str, str | None, Mapping[str, Any] | None], begin: float, end: float, scale: float) -> Bar:
    kind, start, stop, attempt = span
    x = (_ms(start) - begin) * scale
    width = max(LEAST, ((_ms(stop) if stop else end) - _ms(start)) * scale)
    return Bar(kind, round(min(x, WIDTH - width), 1), round(width, 1), start, stop, attempt)


def _ms(time: str) -> float:
    return datetime.fromisoformat(time).timestamp() * 1000
