"""A run as a picture (SVG 1.1): bars, readable on a light and on a dark page."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

from benchmarks.figures import OURS, Figure, Results
from benchmarks.parts import drain, http, memory, pickup
from benchmarks.report import number

WIDTH = 720
LEFT, RIGHT = 90, 110  # for the names, for the numbers
BAR, GAP = 16, 6
HEADING, BELOW = 26, 18
STYLE = """
  text { font: 13px system-ui, sans-serif; fill: #57606a }
  .heading { font-weight: 600 }
  .dmps { fill: #2f81f7 }
  .peer { fill: #8b949e }
  @media (prefers-color-scheme: dark) { text { fill: #9da7b3 } }
"""


@dataclass(frozen=True)
class Chart:
    """What one group of bars shows."""

    title: str
    part: str
    row: tuple[str, str]


CHARTS = (
    Chart("Drained by one worker process (jobs/s)", "drain", (drain.RATE.name, "1 worker process")),
    Chart("The same, with appendfsync always", "durable", (drain.RATE.name, "1 worker process")),
    Chart("POST /api/jobs, one API process (requests/s)", "http", (http.RATE.name, http.USUAL)),
    Chart("POST /api/jobs, p99 (ms; less is better)", "http", (http.P99.name, http.USUAL)),
    Chart("Pick-up by an idle worker, p50 (ms; less is better)", "pickup", (pickup.P50.name, pickup.TUNED)),
    Chart("A waiting job (bytes; less is better)", "memory", (memory.BYTES.name, "a text of 200 bytes")),
)


def picture(results: Results) -> str:
    """The charts that the run has figures for, one below the other."""
    bodies: list[str] = []
    top = 0
    for chart in CHARTS:
        figures = [figure for figure in results.of_part(chart.part) if figure.row == chart.row]
        if figures:
            bodies += _chart(chart.title, figures, top)
            top += HEADING + len(figures) * (BAR + GAP) + BELOW
    body = "\n".join(bodies)
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {top}" width="{WIDTH}" role="img">'
    return f"{head}\n<title>dmps and its peers</title>\n<style>{STYLE}</style>\n{body}\n</svg>\n"


def _chart(title: str, figures: Sequence[Figure], top: int) -> Iterator[str]:
    most = max(figure.median for figure in figures) or 1.0
    yield f'<text class="heading" x="0" y="{top + 16}">{escape(title)}</text>'
    for place, figure in enumerate(figures):
        yield from _bar(figure, figure.median / most, top + HEADING + place * (BAR + GAP))


def _bar(figure: Figure, share: float, top: int) -> Iterator[str]:
    length = max(1, round(share * (WIDTH - LEFT - RIGHT)))
    kind, baseline = "dmps" if figure.peer == OURS else "peer", top + BAR - 4
    yield f'<text x="{LEFT - 8}" y="{baseline}" text-anchor="end">{escape(figure.peer)}</text>'
    yield f'<rect class="{kind}" x="{LEFT}" y="{top}" width="{length}" height="{BAR}" rx="2"/>'
    yield f'<text x="{LEFT + length + 6}" y="{baseline}">{number(figure.median)}</text>'
