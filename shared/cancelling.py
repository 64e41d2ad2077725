"""Loops that talk to the store must notice a cancellation by themselves: redis-py 5.3 can swallow one.

It polls a connection for leftover data under a timeout of zero seconds, and a cancellation that arrives at that moment
is taken for the timeout (`redis.asyncio.connection`, `can_read_destructive`). Seen here when a worker stopped.
"""

import asyncio


def was_cancelled() -> bool:
    """Whether somebody asked the running task to end, whatever has become of the `CancelledError`."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
