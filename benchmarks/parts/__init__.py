"""The parts of a run. Each measures one thing of all peers, in alternating rounds, and says how."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from benchmarks.bench import Bench
from benchmarks.figures import Sample


@dataclass(frozen=True)
class Part:
    """One part: what `only=` calls it, its heading, how it measures, and the measuring itself."""

    name: str
    title: str
    about: str
    measure: Callable[[Bench], Iterator[Sample]]
