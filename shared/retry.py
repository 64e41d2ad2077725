"""When a failed attempt is followed by another. Pure: chance arrives as an argument."""

from dataclasses import dataclass

LONGEST_DELAY = 31_536_000.0  # seconds: a year
_MOST_DOUBLINGS = 60  # beyond it the cap has long been reached, and floats would overflow


@dataclass(frozen=True)
class RetryPolicy:
    """Exponential backoff with full jitter and a cap (Brooker, "Exponential Backoff And Jitter", AWS, 2015)."""

    base: float = 1.0  # seconds: the most to wait after the first failure
    cap: float = 300.0  # seconds: the most to wait ever

    def __post_init__(self) -> None:
        """Raises `ValueError` for a policy that would wait for ever, or backwards."""
        if not 0 <= self.base <= self.cap <= LONGEST_DELAY:
            raise ValueError(f"A retry policy needs 0 <= base <= cap <= {LONGEST_DELAY:.0f} seconds; this is {self}.")

    def delay(self, failures: int, jitter: float) -> float:
        """Seconds to wait after the given number of failures (>= 1); `jitter` is drawn from [0, 1)."""
        return jitter * min(self.cap, self.base * 2.0 ** min(failures - 1, _MOST_DOUBLINGS))
