"""Statistics as charts, in the coordinates of an SVG. Pure; the templates write the elements.

A place without a value is a gap, never a zero.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import log
from typing import Any

from api_service.dashboard.units import clock, duration, number

WIDTH, HEIGHT = 600.0, 120.0
SHORTEST = 0.001  # seconds: where a logarithmic scale of times begins
HEADROOM = 4.0  # of the height, so that the highest line is not cut
NICE = (1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0)  # ends of a scale, times a power of ten
HOUR_AND_MINUTE = slice(11, 16)  # of a time as `clock` writes it

Series = Sequence[float | None]
Point = Mapping[str, Any]  # as `GET /api/statistics` has it


@dataclass(frozen=True)
class Line:
    """One curve: what it is of, its colour (a status's) and its kind of line, as colour alone tells too little."""

    label: str
    tone: str
    style: str  # `area`, `plain`, `dash` or `dots`
    path: str
    area: str
    last: str  # its value now, or over all of it


@dataclass(frozen=True)
class Slot:
    """A place on the axis, and what all curves are there."""

    x: float
    width: float
    text: str


@dataclass(frozen=True)
class Chart:
    """A picture with its words."""

    title: str
    top: str  # the end of the scale
    lines: Sequence[Line]
    slots: Sequence[Slot]
    start: str
    end: str
    is_empty: bool
    scale: str  # what there is to know of it beside its end


def charts(points: Sequence[Point]) -> list[Chart]:
    """All that the overview shows, without the last step, which is not over, unless there is nothing but that."""
    over = points[:-1] if any(point["submitted"] or point["completed"] for point in points[:-1]) else points
    counted: Sequence[tuple[str, str, str]] = (("completed", "completed", "area"), ("submitted", "processing", "dash"))
    failing = (("failed", "failed", "area"), ("retried", "retrying", "dash"), ("lost", "cancelled", "dots"))
    shares = (("p50", "completed", "area"), ("p95", "scheduled", "dash"), ("p99", "failed", "dots"))
    waiting, oldest = (("depth", "pending", "area"),), (("oldestWait", "retrying", "area"),)
    wait, run = [point["wait"] for point in over], [point["run"] for point in over]
    times = [point["at"] for point in over]
    return [
        _chart("Throughput", times, over, counted, number, total=True),
        _chart("Failures", times, over, failing, number, total=True),
        _chart("Wait", times, wait, shares, duration, least=SHORTEST),
        _chart("Run time", times, run, shares, duration, least=SHORTEST),
        _chart("Waiting jobs", times, over, waiting, number),
        _chart("Oldest wait", times, over, oldest, duration),
    ]


def _chart(
    title: str,
    times: Sequence[str],
    points: Sequence[Point],
    kinds: Sequence[tuple[str, str, str]],
    written: Callable[[float | None], str],
    *,
    total: bool = False,
    least: float = 0.0,
) -> Chart:
    """`least`: where a logarithmic scale begins; 0 for a plain one."""
    several = {name: [point[name] for point in points] for name, _, _ in kinds}
    top = ceiling(*several.values())
    lines = [
        Line(
            _label(name),
            tone,
            style,
            line(several[name], top, least),
            area(several[name], top, least) if style == "area" else "",
            written(sum(value or 0 for value in several[name]) if total else _last(several[name])),
        )
        for name, tone, style in kinds
    ]
    said = [
        " · ".join(
            [
                clock(time)[HOUR_AND_MINUTE],
                *(f"{_label(name)} {written(each[index])}" for name, each in several.items()),
            ]
        )
        for index, time in enumerate(times)
    ]
    is_empty = not any(value for series in several.values() for value in series)
    start, end = (clock(times[0])[HOUR_AND_MINUTE], clock(times[-1])[HOUR_AND_MINUTE]) if times else ("", "")
    return Chart(title, written(top), lines, _slots(said), start, end, is_empty, ", logarithmic" if least else "")


def ceiling(*several: Series) -> float:
    """The end of the scale: a round number that none of the values is above."""
    most = max((value for series in several for value in series if value is not None), default=0.0)
    if most <= 0:
        return 1.0
    power = 10.0**-6
    while power * 10 < most:
        power *= 10
    found = next((step * power for step in NICE if step * power >= most), 10 * power)
    return round(found) if found >= 1 and most == round(most) else float(f"{found:.3g}")


def line(series: Series, top: float, least: float = 0.0) -> str:
    """The `d` of a path: straight pieces from value to value, broken where one is missing."""
    pieces, is_down = list[str](), False
    for index, value in enumerate(series):
        if value is not None:
            x, y = _x(index, series), _y(value, top, least)
            pieces.append(f"{'L' if is_down else 'M'}{x} {y}" + ("" if is_down else "h0.1"))  # a lone value is a dot
        is_down = value is not None
    return "".join(pieces)


def area(series: Series, top: float, least: float = 0.0) -> str:
    """The `d` of what lies below the line."""
    pieces, last = list[str](), None
    for index, value in enumerate((*series, None)):
        if value is not None:
            x, y = _x(index, series), _y(value, top, least)
            pieces.append(f"L{x} {y}" if last is not None else f"M{x} {HEIGHT:g}L{x} {y}")
            last = x
        elif last is not None:
            pieces.append(f"L{last} {HEIGHT:g}Z")
            last = None
    return "".join(pieces)


def _x(index: int, series: Series) -> float:
    return round((index + 0.5) * WIDTH / len(series), 1)


def _y(value: float, top: float, least: float) -> float:
    share = value / top if not least else log(max(value, least) / least) / log(max(top / least, 2.0))
    return round(HEIGHT - min(1.0, share) * (HEIGHT - HEADROOM), 1)


def _slots(said: Sequence[str]) -> list[Slot]:
    width = WIDTH / max(1, len(said))
    return [Slot(round(index * width, 1), round(width, 1), text) for index, text in enumerate(said)]


def _last(series: Series) -> float | None:
    return next((value for value in reversed(series) if value is not None), None)


def _label(name: str) -> str:
    return {"oldestWait": "oldest", "depth": "waiting"}.get(name, name)
