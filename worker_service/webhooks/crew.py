"""The part of a worker that delivers, beside its jobs and with slots of its own: neither holds the other up."""

import random
import signal
from collections.abc import Coroutine, Sequence
from dataclasses import replace

import structlog

from shared.files import FileStore
from shared.names import DELIVERY, WEBHOOKS
from shared.settings import Settings
from shared.store import Store
from shared.store.connection import connect
from worker_service.engine.attempts import Attempts
from worker_service.engine.bell import Bell
from worker_service.engine.holding import Holding, HoldKey
from worker_service.engine.loop import Engine
from worker_service.engine.telling import Telling
from worker_service.families import Families
from worker_service.isolation import Children
from worker_service.observing import Observers
from worker_service.webhooks.delivering import Deliverer
from worker_service.webhooks.outbox import Outbox
from worker_service.webhooks.sending import Sender

SLOTS = 50  # deliveries that a worker has under way at a time
DRAIN = 2.0  # seconds at most; one that is handed back is sent again, under the same `webhook-id`

log = structlog.get_logger(__name__)


class Deliveries:
    """Of a worker of that name: an engine of its own, for a queue that no caller can name."""

    def __init__(
        self,
        worker: str,
        settings: Settings,
        store: Store,
        telling: Telling,
        files: FileStore,
        observers: Observers,
    ) -> None:
        own = replace(settings, queues={WEBHOOKS: 1}, concurrency=SLOTS, children=0, drain=min(settings.drain, DRAIN))
        self.holding = Holding()
        self._redis = connect(settings.redis_url, max_connections=2)
        self._sender = Sender(settings.webhook_gate)
        deliverer = Deliverer(store.link, self._sender, settings.webhook_secrets, random.random, observers)
        served, children = {DELIVERY: deliverer.processor}, Children(0, changed=self._wake)
        families = Families(store, files, {})
        attempts = Attempts(served, children, files, telling, families, report=observers.report())
        self._bell = Bell(self._redis, own.queues, rung=self._wake)
        self._engine = Engine(f"{worker}:{WEBHOOKS}", own, store, attempts, self.holding, self._bell)
        self._outbox = Outbox(worker, store, self._redis)

    def work(self) -> Sequence[Coroutine[None, None, None]]:
        """All that is to run until it is cancelled."""
        return (self._run(), self._bell.listen(), self._outbox.work())

    async def drain(self) -> None:
        """Claim nothing more, and let end what is under way, or hand it back."""
        await self._engine.drain()

    async def close(self) -> None:
        """Give the connections back, once nothing runs any more."""
        await self._sender.close()
        await self._redis.aclose()

    def lost(self, leases: list[HoldKey]) -> None:
        """These attempts are no longer ours."""
        self._engine.lost(leases)

    def _wake(self) -> bool:
        return self._engine.wake()

    async def _run(self) -> None:
        try:
            await self._engine.run()
        except Exception:  # a mistake of ours: half a worker is none
            log.exception("deliveries have stopped; so does the worker")
            signal.raise_signal(signal.SIGTERM)
