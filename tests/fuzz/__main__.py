"""`make fuzz`: send hostile requests for SECONDS seconds, from SEED on. A wrong answer makes the exit status 1."""

import asyncio
import contextlib
import io
import sys
import tempfile
from itertools import count
from pathlib import Path

from redis import Redis

from shared.embedded import EmbeddedStore
from tests.fuzz.attack import Findings, attack, summary
from tests.processes import fleet


def run(seconds: float, start: int) -> Findings:
    """On a store and a service of its own."""
    with tempfile.TemporaryDirectory(prefix="dmps-fuzz-") as name:
        directory = Path(name)
        store = EmbeddedStore(directory / "store", port=0, durable=False)
        quietly = contextlib.redirect_stdout(io.StringIO())
        with store, Redis.from_url(store.url) as redis, quietly, fleet(directory, store.url) as processes:
            return asyncio.run(attack(processes, redis, count(start), seconds))


def main(seconds: str = "60", start: str = "0") -> int:
    """The exit status."""
    findings = run(float(seconds), int(start))
    sys.stdout.write(summary(findings) + "\n")
    return 1 if findings.wrong else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
