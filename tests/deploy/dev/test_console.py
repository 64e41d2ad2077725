"""The terminal: who says what, in colour only where colours are seen."""

import io

from deploy.dev.console import Console, terminal


def test_each_line_begins_with_the_name_of_its_process() -> None:
    stream = io.StringIO()
    console = Console(stream, colour=False)
    console.show("worker-1", "one\ntwo")
    console.say("")
    assert stream.getvalue() == "worker-1  | one\nworker-1  | two\ndmps      | \n"


def test_each_process_keeps_a_colour_of_its_own() -> None:
    stream = io.StringIO()
    console = Console(stream, colour=True)
    for name in ("api", "worker-1", "api"):
        console.show(name, "line")
    first, second, third = stream.getvalue().splitlines()
    assert first == third == "\033[36mapi       |\033[0m line"
    assert second.startswith("\033[33mworker-1")


def test_there_is_no_colour_where_no_terminal_is() -> None:
    assert not terminal(no_colour=False).colour


def test_a_reader_who_went_away_is_noticed_once_and_breaks_nothing() -> None:
    class Gone(io.StringIO):
        def write(self, _text: str) -> int:
            raise BrokenPipeError

    noticed: list[bool] = []
    console = Console(Gone(), colour=False)
    console.on_closed = lambda: noticed.append(True)
    console.say("is anybody there?")
    console.say("no")
    assert noticed == [True]
