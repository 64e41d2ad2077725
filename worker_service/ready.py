"""`python -m worker_service.ready` answers by its exit status whether a worker of this host is at work.

For a container's health check: there the host is the container, and the worker in it the only one.
"""

import asyncio
import os
import sys

from shared.errors import Misconfigured, StoreUnavailable
from shared.settings import Settings, read_settings
from shared.store import Store

ANSWER_WITHIN = 5.0  # seconds


async def what_is_wrong(settings: Settings) -> str:
    """One sentence, or nothing if a worker of this host was heard of within ten seconds, and takes jobs."""
    store = Store.connect(settings.redis_url)
    try:
        async with asyncio.timeout(ANSWER_WITHIN):
            await store.synchronise()
            here = [worker for worker in await store.workers() if worker.host == settings.worker_host]
    except (StoreUnavailable, TimeoutError):
        return "The store does not answer."
    finally:
        await store.close()
    if not here:
        return f"No worker on {settings.worker_host} was heard of within ten seconds."
    return "" if any(not worker.draining for worker in here) else "The worker ends, and takes no more jobs."


def main() -> int:
    """The exit status: 0 if one is, 1 if none is, 78 (sysexits' EX_CONFIG) if the settings are wrong."""
    try:
        wrong = asyncio.run(what_is_wrong(read_settings()))
    except Misconfigured as error:
        sys.stderr.write(f"{error}\n")
        return os.EX_CONFIG
    if wrong:
        sys.stderr.write(f"{wrong}\n")
    return 1 if wrong else os.EX_OK


if __name__ == "__main__":
    sys.exit(main())
