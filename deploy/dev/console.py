"""The one terminal that all processes share: each line begins with the name of who wrote it."""

import sys
from collections.abc import Callable
from io import TextIOWrapper
from typing import TextIO

OURS = "dmps"
NAME_WIDTH = 9  # of "worker-10"
BOLD = "1"
COLOURS = ("36", "33", "35", "32", "34", "31")  # ECMA-48 SGR: cyan, yellow, magenta, green, blue, red


class Console:
    """Where lines go. In colour on a terminal, unless `NO_COLOR` asks for none (https://no-color.org)."""

    def __init__(self, stream: TextIO, *, colour: bool) -> None:
        self.stream = stream
        self.colour = colour
        self.on_closed: Callable[[], object] = lambda: None  # called when nobody reads any more
        self._closed = False
        self._colours = {OURS: BOLD}

    def show(self, name: str, text: str) -> None:
        """One or more lines of one process."""
        for line in text.splitlines() or [""]:
            self.write(f"{self._label(name)} {line}\n")

    def say(self, text: str) -> None:
        """Lines of the runner itself."""
        self.show(OURS, text)

    def write(self, text: str) -> None:
        """Text as it is, for people to copy."""
        if self._closed:
            return
        try:
            self.stream.write(text)
            self.stream.flush()
        except OSError:
            self._closed = True
            self.on_closed()

    def _label(self, name: str) -> str:
        label = f"{name:<{NAME_WIDTH}} |"
        if not self.colour:
            return label
        colour = self._colours.setdefault(name, COLOURS[(len(self._colours) - 1) % len(COLOURS)])
        return f"\033[{colour}m{label}\033[0m"


def terminal(*, no_colour: bool) -> Console:
    """The console on standard output."""
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # a terminal that cannot show a character shows its code
    return Console(sys.stdout, colour=sys.stdout.isatty() and not no_colour)
