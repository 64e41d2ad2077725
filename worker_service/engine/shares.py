"""In which order, and in which shares, a worker takes jobs from its queues."""

from collections.abc import Callable, Mapping

from shared.job import Priority
from shared.store import Share

WEIGHTS: Mapping[Priority, int] = {Priority.HIGH: 16, Priority.NORMAL: 4, Priority.LOW: 1}


class Shares:
    """Of queues with weights: a queue of weight 2 gets twice the slots of one of weight 1, while both have jobs.

    Within a queue, priorities have weights, too. None is ever starved; what one does not use goes to the heaviest.
    """

    def __init__(self, queues: Mapping[str, int], chance: Callable[[], float]) -> None:
        weights = {(queue, priority): queues[queue] * WEIGHTS[priority] for queue in queues for priority in Priority}
        self._chance = chance
        self._total = sum(weights.values())
        self._weights = sorted(weights.items(), key=lambda item: (-WEIGHTS[item[0][1]], -item[1]))

    def of(self, slots: int) -> tuple[Share, ...]:
        """The shares of so many slots. Fractions are rounded by chance, so that small shares are met over time."""
        return tuple(
            Share(queue, priority, int(slots * weight / self._total + self._chance()))
            for (queue, priority), weight in self._weights
        )
