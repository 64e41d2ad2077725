"""When a failed attempt is followed by another. Pure: chance arrives as an argument."""

from dataclasses import dataclass

_MOST_DOUBLINGS = 60  # beyond it the cap has long been reached, and floats would overflow


@dataclass(frozen=True)
class RetryPolicy:
    """Exponential backoff with full jitter and a cap (Brooker, "Exponential Backoff And Jitter", AWS, 2015)."""

    base: float = 1.0  # seconds: the most to wait after the first failure
    cap: float = 300.0  # seconds: the most to wait ever

    def delay(self, failures: int, jitter: float) -> float:
        """Seconds to wait after the given number of failures (>= 1); `jitter` is drawn from [0, 1)."""
        return jitter * min(self.cap, self.base * 2.0 ** min(failures - 1, _MOST_DOUBLINGS))
