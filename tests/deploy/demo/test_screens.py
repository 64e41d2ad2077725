"""Where the show is seen: lines where there is no terminal, drawn where there is one, in colour unless unwanted."""

import io

import pytest
from rich.console import Console

from deploy.demo.rows import Row
from deploy.demo.screens import Drawn, Plain, Screen, screen_on

SUM = Row("sum", "processing", 40.0, "run 1 on worker 1")
DONE = Row("sum", "completed", 100.0, "sum 6")


def play(screen: Screen) -> None:
    screen.scene("A scene", "What is to be seen.")
    for row in (SUM, SUM, DONE):
        screen.board([row])
    screen.say("kill -9", alarm=True)
    screen.fact("it held", held=True)
    screen.fact("it did not", held=False)
    screen.close()


def drawn(**settings: str) -> str:
    stream = io.StringIO()
    play(Drawn(Console(file=stream, force_terminal=True, color_system="truecolor", width=100, _environ=settings)))
    return stream.getvalue()


def test_without_a_terminal_each_change_is_a_line() -> None:
    stream = io.StringIO()
    screen = screen_on(stream)
    assert isinstance(screen, Plain)
    play(screen)
    assert stream.getvalue().splitlines() == [
        "",
        "== A scene",
        "What is to be seen.",
        "   sum: processing (run 1 on worker 1)",
        "   sum: completed (sum 6)",
        "!!kill -9",
        "   ok: it held",
        "   FAILED: it did not",
    ]


def test_on_a_terminal_jobs_are_drawn_in_their_place() -> None:
    text = drawn()
    assert "\x1b[1A" in text or "\x1b[2K" in text  # the cursor goes back
    assert "✓" in text
    assert "✗" in text
    assert "\x1b[36mprocessing" in text


def test_no_color_is_obeyed() -> None:
    text = drawn(NO_COLOR="1")
    assert "\x1b[36m" not in text
    assert "processing" in text


@pytest.mark.parametrize("kind", ["dumb", "unknown"])
def test_a_dumb_terminal_gets_lines(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", kind)
    monkeypatch.setenv("FORCE_COLOR", "1")  # so that rich takes the stream for a terminal
    assert isinstance(screen_on(io.StringIO()), Plain)
