"""Times one attempt of an empty job, on the event loop and in a warm child process. Prints both medians in ms, as JSON.

`attempts FOLDER`: files would go to that folder. The children read their settings from the environment.
"""

import asyncio
import json
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from statistics import median

from msgspec import Raw

from benchmarks.noop.processors import noop, noop_child
from shared import lifecycle
from shared.files import FileStore
from shared.job import DEFAULT_TENANT
from worker_service.isolation import Children
from worker_service.processors import JobContext, Processor
from worker_service.runner import Attempt, perform_on_loop

TIMES = 300

Perform = Callable[[Attempt], Awaitable[bytes]]


def attempt_of(processor: Processor, folder: Path) -> Attempt:
    """An attempt of a job without payload."""
    name = processor.job_type.name
    job = lifecycle.submit(
        id=name, type=name, payload=Raw(b"{}"), now=0, tenant=DEFAULT_TENANT, max_attempts=1, timeout=60.0
    )
    return Attempt(job, processor, JobContext(id=name, type=name, attempt=1, files=FileStore(folder.as_uri())))


async def compare(folder: Path) -> dict[str, float]:
    """The same job, one after the other, here and there."""
    children = Children(1, changed=lambda: None)
    children.start()
    try:
        child = await _median_ms(children.perform, attempt_of(noop_child, folder))
    finally:
        await children.close()
    return {"loop": await _median_ms(perform_on_loop, attempt_of(noop, folder)), "child": child}


async def _median_ms(perform: Perform, attempt: Attempt) -> float:
    await perform(attempt)
    times = []
    for _ in range(TIMES):
        began = time.perf_counter()
        await perform(attempt)
        times.append(time.perf_counter() - began)
    return 1000 * median(times)


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asyncio.run(compare(Path(sys.argv[1]).absolute()))))
