"""Loops that talk to the store must notice a cancellation by themselves: redis-py 5.3 can swallow one.

It sends under `asyncio.wait_for(..., socket_timeout)`, which on Python 3.11 can lose a cancellation that arrives as the
sending is done (`redis.asyncio.connection`, `send_packed_command`). Seen here when a worker stopped.
"""

import asyncio


def was_cancelled() -> bool:
    """Whether somebody asked the running task to end, whatever has become of the `CancelledError`."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
