"""The engine: one loop that settles what has ended and claims what is due, in one call, as long as there is work.

Between the calls, jobs run. The loop sleeps until a job has ended, the bell rings, or the next job is due.
"""

import asyncio
import secrets
from collections.abc import Sequence
from contextlib import suppress
from itertools import count

import structlog

from shared import lifecycle
from shared.cancelling import was_cancelled
from shared.errors import StoreUnavailable
from shared.job import FINISHED, Job, Status
from shared.settings import Settings
from shared.store import Change, ClaimRequest, Claims, Store
from worker_service.engine.attempts import Attempts
from worker_service.engine.bell import Bell
from worker_service.engine.holding import LEASE, Hold, Holding, HoldKey

AWAY = (0.1, 0.2, 0.5, 1.0)  # seconds before the next try while the store is away; the last is repeated

log = structlog.get_logger(__name__)


class Engine:
    """Claims for a worker of that name, up to so many jobs at a time."""

    def __init__(
        self, name: str, settings: Settings, store: Store, attempts: Attempts, holding: Holding, bell: Bell
    ) -> None:
        self.name = name
        self.slots = settings.concurrency
        self._drain_for = settings.drain
        self.holding = holding
        self.idle = asyncio.Event()  # nothing is held and nothing was due
        self._store = store
        self._attempts = attempts
        self._ended: list[Hold] = []
        self._wake = asyncio.Event()
        self._empty = asyncio.Event()  # nothing is held
        self._empty.set()
        self._hurry = asyncio.Event()
        self._claiming = True
        self._asked: ClaimRequest | None = None
        self._bell = bell
        self._nonces = (f"{secrets.token_hex(4)}-{number:x} " for number in count())

    async def run(self) -> None:
        """Until cancelled. While the store is away, what runs goes on; the fence decides afterwards."""
        failures = 0
        while not was_cancelled():
            try:
                await self._turn()
                failures = 0
            except StoreUnavailable as error:
                log.warning("the store is away", reason=str(error), holding=len(self.holding))
                await asyncio.sleep(AWAY[min(failures, len(AWAY) - 1)])
                failures += 1

    async def drain(self) -> None:
        """Claim nothing more; give what runs its time to end, then hand it back. `hurry` cuts the time short."""
        self._claiming = False
        self.wake()
        log.info("draining", holding=len(self.holding), seconds=self._drain_for)
        await self._emptied(self._drain_for)
        for hold in self.holding:
            if hold.task is not None:
                hold.task.cancel()
        with suppress(TimeoutError):
            await asyncio.wait_for(self._empty.wait(), timeout=LEASE / 1000)
        log.info("drained", holding=len(self.holding))

    def hurry(self) -> None:
        """Hand back at once what still runs."""
        self._hurry.set()

    def wake(self) -> bool:
        """Look for work now. Answers whether there is room for it."""
        self._wake.set()
        return self.free > 0

    def lost(self, leases: Sequence[HoldKey]) -> None:
        """These attempts are no longer ours: stop them; what they would write is of no interest any more."""
        for key in leases:
            hold = self.holding.holds.get(key)
            if hold is not None and hold.ending is None:
                log.warning("lease lost", job=hold.job.id, type=hold.job.type, fence=hold.job.fence)
                self._release(hold)
                if hold.task is not None:
                    hold.task.cancel()

    @property
    def free(self) -> int:
        """How many more jobs the worker can take."""
        return self.slots - len(self.holding) if self._claiming else 0

    async def _emptied(self, seconds: float) -> None:
        waits = [asyncio.create_task(event.wait()) for event in (self._empty, self._hurry)]
        await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        for wait in waits:
            wait.cancel()

    async def _turn(self) -> None:
        self._wake.clear()
        if not (self._ended or self.free or self._asked):
            await self._sleep(None)
            return
        ended, self._ended = self._ended, []
        changes = [Change(hold.job, hold.settle(self._store.now())) for hold in ended]
        try:
            answers, claims = await self._store.write_and_claim(changes, self._request(len(ended)))
        except BaseException:
            self._ended = ended + self._ended
            raise
        self._asked = None
        for hold, answer in zip(ended, answers, strict=True):
            self._settled(hold, answer)
        await self._start(claims)
        if not (claims.more and self.free):
            await self._sleep(claims.next_due)

    def _request(self, ended: int) -> ClaimRequest:
        """What to ask for. A call whose reply was lost is asked again as it was, so that its jobs are not lost too."""
        if self._asked is None:
            attempts = self._attempts
            self._asked = ClaimRequest(
                worker=self.name,
                place=self.name,
                nonce=next(self._nonces),
                lease=LEASE,
                loop_types=attempts.loop_types,
                child_types=attempts.child_types,
                slots=self.free + ended if self._claiming else 0,
                children=attempts.children.free,
            )
        return self._asked

    def _settled(self, hold: Hold, answer: Job | None) -> None:
        """The store has answered: written; or refused, since the job is another attempt's; or changed meanwhile."""
        if answer is not None and answer is hold.settled:
            _report(answer)
        elif answer is not None and answer.status is Status.PROCESSING and answer.fence == hold.job.fence:
            hold.again(answer)
            self._end(hold)
            return
        else:
            log.warning("late result refused", job=hold.job.id, type=hold.job.type, fence=hold.job.fence)
        self._release(hold)

    async def _start(self, claims: Claims) -> None:
        lapsed: list[tuple[Job, Job]] = []
        for job in claims.jobs:
            claimed = job if claims.repeated else lifecycle.claim(job, self.name, claims.now)
            if job.status is Status.PROCESSING and not claims.repeated:
                lapsed.append((claimed, lifecycle.recover(claimed, job, claims.now)))
            else:
                self._begin(claimed)
        if lapsed:
            await self._recover(lapsed)
        if claims.jobs or len(self.holding):
            self.idle.clear()
        elif not claims.more:
            self.idle.set()

    async def _recover(self, lapsed: Sequence[tuple[Job, Job]]) -> None:
        """Write down the attempts that were lost before the jobs run again: a job that kills its worker must count."""
        answers = await self._store.write([Change(claimed, recovered) for claimed, recovered in lapsed])
        for (_, recovered), answer in zip(lapsed, answers, strict=True):
            log.warning("recovered", job=recovered.id, type=recovered.type, losses=recovered.losses)
            if answer is recovered and recovered.status not in FINISHED:
                self._begin(recovered)

    def _begin(self, job: Job) -> None:
        self.holding.add(self._attempts.start(job, self._end))
        self._empty.clear()

    def _end(self, hold: Hold) -> None:
        self._ended.append(hold)
        self._wake.set()

    def _release(self, hold: Hold) -> None:
        self.holding.drop(hold)
        if not len(self.holding):
            self._empty.set()

    async def _sleep(self, next_due: int | None) -> None:
        """Until something happens: a job ends, the bell rings, the next job is due."""
        timer = None
        if self.free and next_due is not None:
            delay = max(0, next_due - self._store.now()) / 1000
            timer = asyncio.get_running_loop().call_later(delay, self._wake.set)
        if self.free:
            self._bell.want()
        if not was_cancelled():  # the call before may have swallowed it
            await self._wake.wait()
        self._bell.ignore()
        if timer is not None:
            timer.cancel()


def _report(job: Job) -> None:
    facts = {"job": job.id, "type": job.type, "attempt": job.attempts[-1].number}
    if job.status is Status.COMPLETED:
        log.debug("completed", **facts)
    else:
        reason = job.attempts[-1].error
        log.info(job.status.value, **facts, reason=reason.message if reason else "handed back")
