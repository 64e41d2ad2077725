"""Asks the store until it answers: what an attempt must know is waited for as long as the store is away."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import structlog

from shared.cancelling import was_cancelled
from shared.errors import StoreUnavailable

AGAIN = 0.5  # seconds

T = TypeVar("T")

log = structlog.get_logger(__name__)


async def insist(call: Callable[[], Awaitable[T]]) -> T:
    """What the call answers, made again while the store is away."""
    while not was_cancelled():
        try:
            return await call()
        except StoreUnavailable as error:
            log.warning("the store is away", reason=str(error))
            await asyncio.sleep(AGAIN)
    raise asyncio.CancelledError
