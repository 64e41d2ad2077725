"""A recording as an animated SVG: each line is there from when it was seen until it was another, again and again.

No script: the animation is CSS (https://www.w3.org/TR/css-animations-1/), which also works in an `<img>`. Who asks for
less motion (`prefers-reduced-motion`) sees how it ended.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

from deploy.demo.recording import Frame, Line, Piece

CHARACTER, ROW = 8.0, 18.0  # pixels
MARGIN = 16.0  # pixels
PAUSE = 6.0  # seconds in which the end stands
LEAST_ROWS = 12
HEAD = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" role="img" \
aria-label="{label}">
<style>
.screen{{fill:#16181d}}
text{{font:13px ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;fill:#d7dae0;white-space:pre}}
.b{{font-weight:bold}}.d{{opacity:.65}}
.l{{visibility:hidden;animation:{total:.2f}s step-end infinite}}
{keyframes}
@media (prefers-reduced-motion:reduce){{.l{{animation:none!important}}.end{{visibility:visible}}}}
</style>
<rect class="screen" width="100%" height="100%" rx="8"/>
"""
LABEL = "A terminal: a job of each type is done, a flow waits for its parts, a worker is killed and its jobs run again."


@dataclass(frozen=True)
class Stay:
    """A line that stands in a row from one time to another, in seconds."""

    row: int
    line: Line
    begin: float
    end: float


def svg(frames: Sequence[Frame]) -> str:
    """The recording. ValueError: there is nothing to show."""
    if not frames:
        raise ValueError("Nothing was recorded.")
    total = frames[-1].at + PAUSE
    stays = list(stays_of(frames, total))
    times = sorted({(stay.begin, stay.end) for stay in stays})
    rows = max(LEAST_ROWS, *(stay.row + 1 for stay in stays), 0)
    columns = max(piece.column + len(piece.text) for stay in stays for piece in stay.line)
    head = HEAD.format(
        width=2 * MARGIN + columns * CHARACTER,
        height=2 * MARGIN + rows * ROW,
        label=LABEL,
        total=total,
        keyframes="\n".join(_keyframes(number, *span, total) for number, span in enumerate(times)),
    )
    names = {span: number for number, span in enumerate(times)}
    body = "\n".join(_drawn(stay, names[stay.begin, stay.end], ends=stay.end == total) for stay in stays)
    return f"{head}{body}\n</svg>\n"


def stays_of(frames: Sequence[Frame], total: float) -> Iterator[Stay]:
    """Each line for as long as it did not change; empty ones are not drawn."""
    shown: dict[int, Stay] = {}
    for frame in frames:
        for row in range(max([len(frame.lines), *(row + 1 for row in shown)])):
            line = frame.lines[row] if row < len(frame.lines) else ()
            before = shown.get(row)
            if before is not None and before.line == line:
                continue
            if before is not None:
                yield Stay(row, before.line, before.begin, frame.at)
                del shown[row]
            if line:
                shown[row] = Stay(row, line, frame.at, total)
    yield from shown.values()


def _keyframes(number: int, begin: float, end: float, total: float) -> str:
    steps = [(begin, "visible"), (end, "hidden")] if end < total else [(begin, "visible")]
    written = "".join(f"{100 * at / total:.2f}%{{visibility:{what}}}" for at, what in steps)
    hidden = "0%{visibility:hidden}" if begin > 0 else ""
    return f"@keyframes k{number}{{{hidden}{written}}}.k{number}{{animation-name:k{number}}}"


def _drawn(stay: Stay, number: int, *, ends: bool) -> str:
    texts = "".join(_text(piece, MARGIN + (stay.row + 0.75) * ROW) for piece in stay.line)
    return f'<g class="l k{number}{" end" * ends}">{texts}</g>'


def _text(piece: Piece, y: float) -> str:
    """Some characters; their width is said, so that columns stand below one another in any font."""
    text = piece.text.rstrip()
    column = piece.column + len(text) - len(text.lstrip())
    text = text.lstrip()
    classes = " ".join(name for name, asked in (("b", piece.bold), ("d", piece.dim)) if asked)
    style = (f' class="{classes}"' if classes else "") + (f' style="fill:{piece.colour}"' if piece.colour else "")
    x, width = MARGIN + column * CHARACTER, len(text) * CHARACTER
    return f'<text x="{x:.0f}" y="{y:.1f}" textLength="{width:.0f}"{style}>{escape(text)}</text>'
