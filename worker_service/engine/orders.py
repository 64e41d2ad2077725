"""What this worker alone is told to do: to stop one job, whose record then says so already, or to drain."""

import asyncio

import msgspec
import structlog
from msgspec import Struct
from redis.asyncio import Redis
from redis.exceptions import RedisError

from shared.cancelling import was_cancelled
from shared.store import keys
from worker_service.engine.loop import Engine

PATIENCE = 2.0  # seconds to wait for an order, less than the socket's timeout
MOST = 100  # orders that are fetched in one call
AWAY = 1.0  # seconds before the next try while the store is away

log = structlog.get_logger(__name__)


class Order(Struct, frozen=True, forbid_unknown_fields=True):
    """`{"cancel": a job's id, "fence": its fence}`, or `{"drain": true}`."""

    cancel: str = ""
    fence: int = 0
    drain: bool = False


_decode = msgspec.json.Decoder(Order).decode


class Orders:
    """Listens to the worker's own list, on a connection that it holds for long."""

    def __init__(self, redis: Redis, engine: Engine) -> None:
        self._redis = redis
        self._key = keys.ORDERS + engine.name
        self._engine = engine

    async def listen(self) -> None:
        """Until cancelled. An error of the store costs a second, never the worker."""
        while not was_cancelled():
            try:
                popped = await self._redis.execute_command("BLMPOP", PATIENCE, 1, self._key, "RIGHT", "COUNT", MOST)
            except (RedisError, OSError, TimeoutError):
                await asyncio.sleep(AWAY)
            else:
                for order in popped[1] if popped else ():
                    self._obey(order)

    def _obey(self, text: bytes) -> None:
        try:
            order = _decode(text)
        except msgspec.DecodeError as error:
            log.warning("an order cannot be read", order=text[:100], reason=str(error))
            return
        if order.cancel:
            self._engine.cancel((order.cancel, order.fence))
        elif order.drain:
            self._engine.told_to_drain.set()
        else:
            log.warning("an order says nothing", order=text[:100])
