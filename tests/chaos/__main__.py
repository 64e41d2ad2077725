"""`make chaos`: run the faults, say what was seen, and write figures and `docs/reliability.md`.

`only=F6` (or `only="F6 F9"`) runs some of them and writes nothing. A broken promise makes the exit status 1.
"""

import asyncio
import shutil
import sys
import tempfile
import time
from pathlib import Path

from tests.chaos.faults import FAULTS, Fault, chosen
from tests.chaos.outcome import Outcome
from tests.chaos.report import Result, result_of, summary, write
from tests.chaos.tools import NotRun
from tests.chaos.trial import trial


async def run(fault: Fault, directory: Path) -> Outcome:
    """One fault, on a system of its own. What was waited for in vain is part of the outcome."""
    async with trial(directory) as under_test:
        try:
            await fault.inject(under_test)
        except NotRun:
            raise
        except Exception as error:  # noqa: BLE001 - whatever it was, the other faults are still to be tried
            under_test.outcome.broken.append(f"The trial ended early: {type(error).__name__}: {error}")
        return under_test.outcome


def run_all(names: list[str]) -> list[Result]:
    """One after the other. The logs of those that broke a promise are kept."""
    results = []
    for name in names:
        directory = Path(tempfile.mkdtemp(prefix=f"chaos-{name}-"))
        began = time.monotonic()
        try:
            outcome: Outcome | NotRun = asyncio.run(run(FAULTS[name], directory))
        except NotRun as reason:
            outcome = reason
        result = result_of(name, outcome, time.monotonic() - began)
        results.append(result)
        sys.stdout.write(summary(result) + "\n")
        if result.verdict == "broken":
            sys.stdout.write(f"    logs: {directory}\n")
        else:
            shutil.rmtree(directory)
        sys.stdout.flush()
    return results


def main(only: list[str]) -> int:
    """The exit status."""
    try:
        names = chosen(only)
    except KeyError as unknown:
        sys.stderr.write(f"There is no fault {unknown}. There are: {', '.join(FAULTS)}.\n")
        return 2
    results = run_all(names)
    if not only:
        write(results)
    return int(any(result.verdict == "broken" for result in results))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
