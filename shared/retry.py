"""When a failed attempt is followed by another. Pure: chance arrives as an argument."""

from typing import Literal

from msgspec import Struct

LONGEST_DELAY = 31_536_000.0  # seconds: a year
USUAL_MAX = 300.0  # seconds
_MOST_DOUBLINGS = 60  # beyond it the cap has long been reached, and floats would overflow

Kind = Literal["exponential", "fixed", "linear"]


class RetryPolicy(Struct, frozen=True, omit_defaults=True):
    """How long to wait after a failure.

    `exponential`: `delay`, then twice as long each time; `linear`: `delay` times the number of failures; `fixed`:
    `delay`. Never longer than `max`. With `jitter`, anything from nothing to that ("full jitter": Brooker, "Exponential
    Backoff And Jitter", AWS, 2015), so that jobs that failed together do not come back together.
    """

    kind: Kind = "exponential"
    delay: float = 1.0  # seconds
    max: float | None = None  # seconds; None: 300, or `delay` if that is longer
    jitter: bool = True

    def __post_init__(self) -> None:
        """Raises `ValueError` for a policy that would wait for ever, or backwards."""
        if not 0 <= self.delay <= self.cap <= LONGEST_DELAY:
            raise ValueError(f"A retry policy needs 0 <= delay <= max <= {LONGEST_DELAY:.0f} seconds; this is {self}.")

    @property
    def cap(self) -> float:
        """The most to wait ever, in seconds."""
        return max(USUAL_MAX, self.delay) if self.max is None else self.max

    def seconds(self, failures: int, jitter: float) -> float:
        """Seconds to wait after the given number of failures (>= 1); `jitter` is drawn from [0, 1)."""
        growth = {"exponential": 2.0 ** min(failures - 1, _MOST_DOUBLINGS), "linear": float(failures), "fixed": 1.0}
        longest = min(self.cap, self.delay * growth[self.kind])
        return longest * jitter if self.jitter else longest
