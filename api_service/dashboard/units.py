"""Times, sizes and numbers, written for people. Pure."""

from datetime import UTC, datetime

NONE = "\N{EN DASH}"
_UNITS = (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1))
_KILO, _SECOND, _MINUTE, _TEN = 1024, 1.0, 60, 10


def milliseconds(time: str | None) -> int | None:
    """A time as the API writes it, in ms since the epoch."""
    return None if time is None else round(datetime.fromisoformat(time).timestamp() * 1000)


def duration(seconds: float | None) -> str:
    """`4 ms`, `2.5 s`, `3 min 20 s`, `2 h 5 min`, `3 d 4 h`."""
    if seconds is None:
        return NONE
    if seconds < _SECOND:
        return f"{seconds * 1000:.0f} ms"
    if seconds < _MINUTE:
        return f"{seconds:.1f} s" if seconds < _TEN else f"{seconds:.0f} s"
    left, parts = round(seconds), list[str]()
    for unit, size in _UNITS:
        count, left = divmod(left, size)
        if count:
            parts.append(f"{count} {unit}")
    return " ".join(parts[:2])


def between(start: str | None, end: str | None) -> str:
    """How long it was from one time to another, as the API writes them."""
    first, last = milliseconds(start), milliseconds(end)
    return NONE if first is None or last is None else duration(max(0, last - first) / 1000)


def ago(time: str | None, now: int) -> str:
    """`12 s ago`, `in 5 min`."""
    ms = milliseconds(time)
    if ms is None:
        return NONE
    seconds = abs(now - ms) // 1000
    for unit, size in _UNITS:
        if seconds >= size:
            rough = f"{seconds // size} {unit}"
            return f"{rough} ago" if ms <= now else f"in {rough}"
    return "now"


def volume(count: float | None) -> str:
    """`48 MiB`."""
    if count is None:
        return NONE
    value = float(count)
    for unit in ("B", "KiB", "MiB", "GiB", "TiB"):
        if value < _KILO or unit == "TiB":
            break
        value /= _KILO
    return f"{value:.0f} {unit}" if value >= _TEN or unit == "B" else f"{value:.1f} {unit}"


def clock(time: str | None) -> str:
    """`2026-04-06 12:00:00`, in UTC."""
    ms = milliseconds(time)
    return NONE if ms is None else datetime.fromtimestamp(ms / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S")


def number(value: float | None) -> str:
    """`1,234,567`."""
    return NONE if value is None else f"{value:,.10g}" if isinstance(value, float) else f"{value:,}"
