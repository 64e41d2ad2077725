"""How long a job waited, written by the processor that got it. It stands alone: peers run it in environments of theirs.

`BENCH_STAMPS` names the file; one line a job, in nanoseconds.
"""

import os
import time
from pathlib import Path


def write_latency(submitted_at: int) -> None:
    """Note the time since then (ns of the monotonic clock, which all processes of a machine share)."""
    latency = time.monotonic_ns() - submitted_at
    with Path(os.environ["BENCH_STAMPS"]).open("a", encoding="ascii") as stamps:
        stamps.write(f"{latency}\n")
