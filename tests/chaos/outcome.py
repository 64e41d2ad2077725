"""What an experiment showed, as data: figures, limits that were held or not, and invariants that were broken."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Literal

from msgspec import Struct

Figure = int | float | str
Verdict = Literal["held", "broken"]
MOST_KEPT = 20  # sentences about broken invariants


class Limit(Struct, frozen=True):
    """A figure that was promised to stay within a limit; of several, the worst."""

    what: str
    seen: float
    sense: Literal["at most", "at least"]
    limit: float
    unit: str = ""
    p50: float | None = None  # of several
    times: int = 1

    @property
    def holds(self) -> bool:
        """Whether it stayed there."""
        return self.seen <= self.limit if self.sense == "at most" else self.seen >= self.limit

    @property
    def text(self) -> str:
        """For people."""
        limit = f"({self.sense} {self.limit:g}{self.unit})"
        if self.p50 is None:
            return f"{self.what}: {self.seen:g}{self.unit} {limit}"
        return f"{self.what}: p50 {self.p50:g}{self.unit}, max {self.seen:g}{self.unit} of {self.times:,} {limit}"


@dataclass
class Outcome:
    """Filled while the experiment goes on."""

    figures: dict[str, Figure] = field(default_factory=dict)
    limits: list[Limit] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)

    @property
    def verdict(self) -> Verdict:
        """Whether everything held."""
        return "held" if not self.broken and all(limit.holds for limit in self.limits) else "broken"

    def at_most(self, what: str, seen: float, limit: float, unit: str = "") -> None:
        """A figure that must not be greater."""
        self.limits.append(Limit(what, round(seen, 3), "at most", limit, unit))

    def at_least(self, what: str, seen: float, limit: float, unit: str = "") -> None:
        """A figure that must not be less."""
        self.limits.append(Limit(what, round(seen, 3), "at least", limit, unit))

    def spread(self, what: str, seconds: Sequence[float], most: float) -> None:
        """Times, of which the greatest must stay within a limit."""
        if seconds:
            worst, middle = round(max(seconds), 2), round(median(seconds), 2)
            self.limits.append(Limit(what, worst, "at most", most, " s", middle, len(seconds)))
        else:
            self.broken.append(f"{what}: it was never seen, so nothing was tried.")


def worst(violations: Sequence[str]) -> list[str]:
    """The first few, and how many more there are."""
    more = len(violations) - MOST_KEPT
    return [*violations[:MOST_KEPT], *([f"... and {more} more"] if more > 0 else [])]
