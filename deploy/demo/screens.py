"""Where the show is seen: drawn on a terminal, or as plain lines where there is none."""

import sys
from collections.abc import Sequence
from typing import Protocol, TextIO

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from deploy.demo.rows import Row

WIDTH = 96  # columns at most
BAR = 14  # columns
STYLES = {
    "completed": "green",
    "processing": "cyan",
    "failed": "bold red",
    "cancelled": "yellow",
    "blocked": "magenta",
    "retrying": "yellow",
    "scheduled": "blue",
}


class Screen(Protocol):
    """What the scenes need of it."""

    def scene(self, title: str, text: str) -> None:
        """Begin a scene."""

    def board(self, rows: Sequence[Row]) -> None:
        """Show jobs as they stand, in the place of what was shown of them last."""

    def say(self, text: str, *, alarm: bool = False) -> None:
        """A line of its own, after the jobs."""

    def fact(self, text: str, *, held: bool) -> None:
        """What was to be shown, and whether it was."""

    def close(self) -> None:
        """The show is over."""


class Plain:
    """Lines of text, one whenever a job's status or note has changed."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._shown: dict[str, str] = {}

    def scene(self, title: str, text: str) -> None:
        """Begin a scene."""
        self._shown.clear()
        self._write(f"\n== {title}\n{text}")

    def board(self, rows: Sequence[Row]) -> None:
        """Tell of those that have changed."""
        for row in rows:
            line = f"   {row.name}: {row.status}{f' ({row.note})' if row.note else ''}"
            if self._shown.get(row.name) != line:
                self._shown[row.name] = line
                self._write(line)

    def say(self, text: str, *, alarm: bool = False) -> None:
        """A line."""
        self._write(f"{'!!' * alarm}{text}")

    def fact(self, text: str, *, held: bool) -> None:
        """A fact."""
        self._write(f"   {'ok' if held else 'FAILED'}: {text}")

    def close(self) -> None:
        """Nothing is left to do."""

    def _write(self, text: str) -> None:
        self._stream.write(text + "\n")
        self._stream.flush()


class Drawn:
    """A terminal's: what is under way is drawn in its place. `NO_COLOR` is obeyed by rich."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._live: Live | None = None

    def scene(self, title: str, text: str) -> None:
        """Begin a scene."""
        self.close()
        self._console.print(heading(title), Text(text), "", width=width(self._console))

    def board(self, rows: Sequence[Row]) -> None:
        """Draw them anew."""
        if self._live is None:
            self._live = Live(console=self._console, auto_refresh=False)
            self._live.start()
        self._live.update(drawn(rows), refresh=True)

    def say(self, text: str, *, alarm: bool = False) -> None:
        """A line."""
        self.close()
        self._console.print(said(text, alarm=alarm), width=width(self._console))

    def fact(self, text: str, *, held: bool) -> None:
        """A fact."""
        self.close()
        self._console.print(judged(text, held=held), width=width(self._console))

    def close(self) -> None:
        """Leave what was drawn as it is."""
        if self._live is not None:
            self._live.stop()
            self._live = None


def screen_on(stream: TextIO) -> Screen:
    """Drawn on a terminal, else plain."""
    console = Console(file=stream)
    return Drawn(console) if console.is_terminal and not console.is_dumb_terminal else Plain(stream)


def standard_screen() -> Screen:
    """The one on standard output."""
    return screen_on(sys.stdout)


def width(console: Console) -> int:
    """Columns that are drawn on."""
    return min(console.width, WIDTH)


def heading(title: str) -> RenderableType:
    """The title of a scene."""
    return Group("", Rule(Text(title, style="bold"), align="left", style="dim"))


def said(text: str, *, alarm: bool) -> RenderableType:
    """A line; if it is an alarm, it stands out."""
    return Text(f"\n{text}\n", style="bold red") if alarm else Text(text)


def judged(text: str, *, held: bool) -> RenderableType:
    """A fact, marked."""
    return Text.assemble(("  ✓ " if held else "  ✗ ", "bold green" if held else "bold red"), (text, "bold"))


def drawn(rows: Sequence[Row]) -> RenderableType:
    """Jobs, with how far they are."""
    table = Table.grid(padding=(0, 1))
    table.add_column(min_width=18, no_wrap=True)
    table.add_column(min_width=10)
    table.add_column(width=BAR)
    table.add_column(no_wrap=True, overflow="ellipsis")
    for row in rows:
        bar = ProgressBar(100, row.percent or 0, width=BAR, complete_style="cyan", finished_style="green")
        table.add_row(
            f"  {row.name}", Text(row.status, style=STYLES.get(row.status, "default")), bar, Text(row.note, style="dim")
        )
    return table
