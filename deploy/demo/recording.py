"""Watches the show: what stood on the screen, and when."""

import io
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from rich.console import Console, Group, RenderableType
from rich.segment import Segment
from rich.style import Style
from rich.terminal_theme import SVG_EXPORT_THEME as THEME
from rich.text import Text

from deploy.demo.rows import Row
from deploy.demo.screens import WIDTH, Screen, drawn, heading, judged, said

MOST_A_SECOND = 5.0  # frames
READING = 3.0  # seconds


@dataclass(frozen=True)
class Piece:
    """Some characters of one style in a line. `colour` is `#rrggbb`, or empty for the usual one."""

    column: int
    text: str
    colour: str = ""
    bold: bool = False
    dim: bool = False


Line = tuple[Piece, ...]


@dataclass(frozen=True)
class Frame:
    """What stands on the screen from a time on, in seconds since the first."""

    at: float
    lines: tuple[Line, ...]


class Recorder:
    """A screen that hands everything on to another one, and keeps what stood there.

    Each scene begins on an empty one, and after some seconds more than it really did, so that the last one can be read.
    """

    def __init__(self, screen: Screen, clock: Callable[[], float] = time.monotonic) -> None:
        self._screen = screen
        self._clock = clock
        self._console = Console(
            file=io.StringIO(), width=WIDTH, force_terminal=True, color_system="truecolor", _environ={}
        )
        self._shown: list[RenderableType] = [Text.assemble(("$ ", "dim"), ("make demo", "bold"), "\n")]
        self._board: RenderableType | None = None
        self._frames: list[Frame] = []
        self._began = clock()

    def scene(self, title: str, text: str) -> None:
        """Begin a scene."""
        self._screen.scene(title, text)
        self._began -= READING
        self._shown, self._board = [heading(title), Text(text), ""], None
        self._keep(at_once=True)

    def board(self, rows: Sequence[Row]) -> None:
        """Jobs as they stand."""
        self._screen.board(rows)
        self._board = drawn(rows)
        self._keep(at_once=False)

    def say(self, text: str, *, alarm: bool = False) -> None:
        """A line."""
        self._screen.say(text, alarm=alarm)
        self._settle(said(text, alarm=alarm))

    def fact(self, text: str, *, held: bool) -> None:
        """A fact."""
        self._screen.fact(text, held=held)
        self._settle(judged(text, held=held))

    def close(self) -> None:
        """The show is over."""
        self._screen.close()
        self._keep(at_once=True)

    def frames(self) -> list[Frame]:
        """All that was seen."""
        return self._frames

    def _settle(self, what: RenderableType) -> None:
        """What is drawn of jobs stays, and something comes below it."""
        self._shown += [self._board] if self._board is not None else []
        self._shown.append(what)
        self._board = None
        self._keep(at_once=True)

    def _keep(self, *, at_once: bool) -> None:
        at = self._clock() - self._began
        if not at_once and self._frames and at - self._frames[-1].at < 1 / MOST_A_SECOND:
            return
        lines = self._lines()
        if not self._frames or lines != self._frames[-1].lines:
            self._frames.append(Frame(at, lines))

    def _lines(self) -> tuple[Line, ...]:
        everything = Group(*self._shown, *([self._board] if self._board is not None else []))
        return tuple(tuple(_pieces(line)) for line in self._console.render_lines(everything, pad=False))


def _pieces(segments: Sequence[Segment]) -> list[Piece]:
    """The segments of a line, without those that show nothing."""
    found, column = [], 0
    for segment in segments:
        text = "" if segment.control else segment.text.rstrip("\n")
        if text.strip():
            style = segment.style or Style.null()
            colour = style.color.get_truecolor(THEME).hex if style.color and not style.color.is_default else ""
            found.append(Piece(column, text, colour, bold=bool(style.bold), dim=bool(style.dim)))
        column += cell_len(text)
    return found
