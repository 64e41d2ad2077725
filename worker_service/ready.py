"""`python -m worker_service.ready` answers by its exit status whether a worker of this host is at work.

For a container's health check: there the host is the container, and the worker in it the only one.
"""

import asyncio
import sys

from shared.errors import StoreUnavailable
from shared.readiness import exit_status
from shared.settings import Settings
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
    """The exit status."""
    return exit_status(lambda settings: asyncio.run(what_is_wrong(settings)))


if __name__ == "__main__":
    sys.exit(main())
