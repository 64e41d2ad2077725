from collections.abc import Callable
from pathlib import Path

import pytest

from benchmarks.docs import BEGIN, END, NOTHING
from benchmarks.figures import Results
from benchmarks.images import RATE
from benchmarks.processors import PAGE, WHERE, main, part, with_tables, write_down
from tests.benchmarks.conftest import figure

Make = Callable[..., Results]
EMPTY = f"before\n{BEGIN}\nold\n{END}\nafter\n"


def test_the_tables_of_the_page_are_those_of_the_newest_run() -> None:
    page = PAGE.read_text()
    assert with_tables(page) == page


@pytest.mark.parametrize("name", WHERE)
def test_each_part_is_found_under_its_name(name: str) -> None:
    assert part(name).name == name


def test_a_run_becomes_tables_of_its_parts(results: Make, tmp_path: Path) -> None:
    assert with_tables(EMPTY, tmp_path) == f"before\n{BEGIN}\n\n{NOTHING}\n\n{END}\nafter\n"
    found = [figure(peer, rate, part="images", case="PNG", measure=RATE) for peer, rate in (("dmps", 8), ("sharp", 4))]
    path = write_down(results(*found), tmp_path / "new")
    page = with_tables(EMPTY, path.parent)
    assert "| to 800 px (images/s): PNG | 8.00 | 4.00  | 2.00 x  |" in page
    assert f"(../benchmarks/results/processors/{path.name})" in page
    assert "### Tables" not in page


@pytest.mark.parametrize("wrong", [["nonsense"], ["--rounds", "0"]])
def test_what_cannot_be_run_is_refused(wrong: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(wrong)
    assert "no part is called nonsense" in (told := capsys.readouterr().err) or "at least 1" in told
