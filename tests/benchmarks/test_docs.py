from collections.abc import Callable
from pathlib import Path

import pytest

from benchmarks.docs import BEGIN, END, NOTHING, PAGE, newest, with_tables, write_down
from benchmarks.figures import Results

Make = Callable[..., Results]
EMPTY = f"before\n{BEGIN}\nold\n{END}\nafter\n"


def test_the_tables_of_the_docs_are_those_of_the_newest_run() -> None:
    page = PAGE.read_text()
    assert with_tables(page) == page


def test_a_run_is_read_as_it_was_written_down(results: Make, tmp_path: Path) -> None:
    path = write_down(results(), tmp_path)
    assert path.name == "2026-11-24-abc1234.json"
    assert path.with_suffix(".svg").read_text().startswith("<svg")
    assert newest(tmp_path) == (path, results())


def test_the_newest_run_is_the_one_with_the_latest_date(results: Make, tmp_path: Path) -> None:
    write_down(results(commit="fff", date="2026-11-24T12:00:00+00:00"), tmp_path)
    path = write_down(results(commit="aaa", date="2026-11-24T13:00:00+00:00"), tmp_path)
    found = newest(tmp_path)
    assert found is not None
    assert found[0] == path


def test_only_what_stands_between_the_markers_is_replaced(results: Make, tmp_path: Path) -> None:
    assert with_tables(EMPTY, tmp_path) == f"before\n{BEGIN}\n\n{NOTHING}\n\n{END}\nafter\n"
    write_down(results(), tmp_path)
    page = with_tables(EMPTY, tmp_path)
    assert page.startswith(f"before\n{BEGIN}\n")
    assert page.endswith(f"{END}\nafter\n")
    assert "2.22 x" in page
    assert "(../benchmarks/results/2026-11-24-abc1234.svg)" in page
    assert with_tables(page, tmp_path) == page


def test_a_page_without_markers_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="bench: begin"):
        with_tables("no place", tmp_path)
