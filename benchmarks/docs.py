"""Writes runs down: `benchmarks/results/`, and from the newest of them the tables of `docs/performance.md`.

`python -m benchmarks.docs` writes the tables again.
"""

from pathlib import Path

import msgspec

from benchmarks.figures import Results
from benchmarks.picture import picture
from benchmarks.processes import ROOT
from benchmarks.report import report

RESULTS = ROOT / "benchmarks" / "results"
PAGE = ROOT / "docs" / "performance.md"
BEGIN, END = "<!-- bench: begin -->", "<!-- bench: end -->"
NOTHING = "No run has been written down yet."


def write_down(results: Results, folder: Path = RESULTS) -> Path:
    """Keep a run, as JSON and as a picture beside it. Answers where the JSON is."""
    path = folder / f"{results.date[:10]}-{results.commit.rstrip('+')}.json"
    folder.mkdir(exist_ok=True)
    path.write_bytes(msgspec.json.format(msgspec.json.encode(results), indent=1) + b"\n")
    path.with_suffix(".svg").write_text(picture(results))
    return path


def newest(folder: Path = RESULTS) -> tuple[Path, Results] | None:
    """The last run that was written down."""
    runs = [(path, msgspec.json.decode(path.read_bytes(), type=Results)) for path in folder.glob("*.json")]
    return max(runs, key=lambda run: run[1].date, default=None)


def with_tables(page: str, folder: Path = RESULTS) -> str:
    """The page with the tables of the newest run between its two markers. Raises `ValueError` without them."""
    return between_markers(page, _tables(folder))


def between_markers(page: str, text: str) -> str:
    """The page with that text between its two markers. Raises `ValueError` without them."""
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"The page must have the lines {BEGIN} and {END}.")
    return f"{before}{BEGIN}\n\n{text}\n\n{END}{after}"


def update_page() -> None:
    """Put the newest run's tables into the page."""
    PAGE.write_text(with_tables(PAGE.read_text()))


def _tables(folder: Path) -> str:
    run = newest(folder)
    if run is None:
        return NOTHING
    path, results = run
    link = f"../benchmarks/results/{path.stem}"
    shown = f"![The main figures as bars]({link}.svg)\n\nAll figures, round by round: [{path.name}]({link}.json)."
    return f"{shown}\n\n{report(results).strip()}"


if __name__ == "__main__":
    update_page()
