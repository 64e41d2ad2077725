"""A run as tables, in Markdown: for the terminal and for `docs/performance.md`."""

from collections.abc import Iterable, Sequence

from benchmarks.budgets import BUDGETS, Budget
from benchmarks.figures import OURS, Figure, Results, times_better
from benchmarks.parts import Part
from benchmarks.parts.all import PARTS

LARGE, MIDDLE = 100, 10  # from which on a number is shown without decimals, or with one


def report(results: Results) -> str:
    """The whole run."""
    sections = [origin(results), budgets(results), *(section(results, part) for part in PARTS)]
    return "\n\n".join(filter(None, sections)) + "\n"


def origin(results: Results) -> str:
    """Where the figures come from, and who did not take part."""
    machine = ", ".join(f"{name}: {value}" for name, value in results.machine.items())
    absent = {name for name, value in results.versions.items() if value == "none"} | set(results.not_run)
    versions = ", ".join(f"{name} {value}" for name, value in results.versions.items() if name not in absent)
    minutes = f"{results.seconds / 60:.0f} minutes in all"
    lines = [
        f"Commit `{results.commit}`, {results.date}; medians of {results.rounds} alternating rounds, {minutes}.",
        f"{machine}.",
        f"{versions}.",
        *(f"Not run: {peer} ({reason})." for peer, reason in results.not_run.items()),
    ]
    return "\n".join(f"- {line}" for line in lines)


def budgets(results: Results) -> str:
    """What was promised, and what was reached."""
    rows = [row for budget in BUDGETS if (row := _verdict(budget, budget.reach(results)))]
    if not rows:
        return ""
    return "### Budgets\n\n" + table(("promise", "budget", "reached", ""), rows)


def section(results: Results, part: Part) -> str:
    """One part: its heading, how it measures, and a table."""
    figures = results.of_part(part.name)
    if not figures:
        return ""
    peers = list(dict.fromkeys(figure.peer for figure in figures))
    others = [peer for peer in peers if peer != OURS] if _comparable(figures) else []
    head = ("", *peers, *(f"x {peer}" for peer in others))
    rows = [_row(results, part, label, peers, others) for label in dict.fromkeys(figure.row for figure in figures)]
    legend = ["`x`: how many times better dmps is (more of what is good, less of what is not)."] if others else []
    return "\n\n".join([f"### {part.title}", part.about, *legend, table(head, rows)])


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table, its columns aligned for those who read it as text."""
    cells = [list(head), *map(list, rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(head))]
    lines = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |" for row in cells
    ]
    rule = "|" + "|".join("-" * (width + 2) for width in widths) + "|"
    return "\n".join([lines[0], rule, *lines[1:]])


def number(value: float) -> str:
    """Three digits or so: all that such a measurement can tell."""
    if abs(value) >= LARGE:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= MIDDLE else f"{value:.2f}"


def _comparable(figures: Iterable[Figure]) -> bool:
    return any(figure.peer == OURS and figure.measure.better != "neither" for figure in figures)


def _row(
    results: Results, part: Part, label: tuple[str, str], peers: Iterable[str], others: Iterable[str]
) -> list[str]:
    found = {peer: results.find(part.name, label, peer) for peer in peers}
    medians = (number(figure.median) if figure else "" for figure in found.values())
    ratios = (_ratio(found.get(OURS), found[peer]) for peer in others)
    return [_label(next(filter(None, found.values()))), *medians, *ratios]


def _label(figure: Figure) -> str:
    name, case = figure.row
    return f"{name} ({figure.measure.unit})" + (f": {case}" if case else "")


def _ratio(ours: Figure | None, peer: Figure | None) -> str:
    if ours is None or peer is None or ours.measure.better == "neither":
        return ""
    return f"{number(times_better(ours, peer))} x"


def _verdict(budget: Budget, reached: float | None) -> tuple[str, ...] | None:
    if reached is None:
        return None
    limit = f"at {budget.at} {budget.limit:g} {budget.unit}"
    return budget.promise, limit, f"{number(reached)} {budget.unit}", "met" if budget.met(reached) else "missed"
