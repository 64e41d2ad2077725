"""Renews leases from a thread with a connection of its own, so that a blocked event loop loses nothing."""

import math
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any

import msgspec
import structlog
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import NoScriptError, RedisError
from redis.retry import Retry

from shared.queue import ARQ_IN_PROGRESS
from shared.store import keys
from shared.store.connection import WRONG_STORE, Argument, script, tls
from shared.store.fleet import SEEN_WITHIN
from shared.store.views import WorkerInfo
from worker_service.engine.holding import GRACE, LEASE, HoldKey

EVERY = 2.0  # seconds
ANSWER_WITHIN = 2.0  # seconds
KNOWN_FOR = 1_800.0  # seconds in which the store cannot have forgotten a worker that it heard: it does so after an hour

log = structlog.get_logger(__name__)


class Renewal:
    """The thread. `state` tells what to say of the worker and what it holds; `lost` hears of leases that are gone.

    `plain` are arq's own jobs under way, by id.
    """

    def __init__(
        self,
        url: str,
        state: Callable[[], tuple[WorkerInfo, list[HoldKey], float]],
        lost: Callable[[list[HoldKey]], None],
        plain: Mapping[str, object],
    ) -> None:
        self._redis = Redis.from_url(
            url,
            socket_timeout=ANSWER_WITHIN,
            socket_connect_timeout=ANSWER_WITHIN,
            retry=Retry(NoBackoff(), 0),
            retry_on_error=WRONG_STORE,
            **tls(url),
        )
        self._state = state
        self._lost = lost
        self._plain = plain
        self._alive_at = time.monotonic()
        self._known_until = -math.inf
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._work, name="renewal", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End, after the call under way."""
        self._stopping.set()
        self._thread.join()
        self._redis.close()

    def alive(self) -> None:
        """The event loop says that it turns."""
        self._alive_at = time.monotonic()

    def _work(self) -> None:
        while True:
            try:
                self._renew()
            except Exception as error:  # noqa: BLE001 - without this thread all that runs here would be lost
                log.warning("leases not renewed", reason=str(error))
            if self._stopping.wait(EVERY):
                return

    def _renew(self) -> None:
        info, leases, longest = self._state()
        silent = time.monotonic() - self._alive_at
        if silent > longest + GRACE:
            log.error("the event loop is blocked: leases are left to others", seconds=round(silent))
            return
        with suppress(RedisError):
            self._notice_loss(info.id, len(leases))
        self._renew_plain(list(self._plain))
        arguments: list[Argument] = [info.id, LEASE, msgspec.json.encode(info), SEEN_WITHIN]
        for job_id, fence in leases:
            arguments += (job_id, fence)
        _, *gone = self._call(arguments)
        self._known_until = time.monotonic() + KNOWN_FOR
        if gone:
            self._lost([(job_id.decode(), fence) for job_id, fence in zip(gone[::2], gone[1::2], strict=True)])

    def _notice_loss(self, worker: str, running: int) -> None:
        """Said once: this renewal makes the worker known again."""
        if time.monotonic() < self._known_until and self._redis.zscore(keys.WORKERS, worker) is None:
            log.error("the store has lost its data: it was emptied, or another has taken its place", running=running)

    def _renew_plain(self, job_ids: Sequence[str]) -> None:
        """arq's own mark of a job under way is its lease. A cron job's outlives the job, and is not cut short."""
        pipe = self._redis.pipeline(transaction=False)
        for job_id in job_ids:
            pipe.pexpire(ARQ_IN_PROGRESS + job_id, LEASE, gt=True)
        if job_ids:
            pipe.execute()

    def _call(self, arguments: Sequence[Argument]) -> list[Any]:
        renew = script("renew")
        try:
            reply = self._redis.execute_command(*renew.call(*arguments))
        except NoScriptError:
            self._redis.script_load(renew.text)
            reply = self._redis.execute_command(*renew.call(*arguments))
        replies: list[Any] = reply
        return replies
