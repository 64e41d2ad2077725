"""The engine: turns that settle what has ended and claim what is due, each in one call, as long as there is work.

Two turns may be under way: while the store answers one, the jobs of the other run. Between turns the engine sleeps
until a job has ended, the bell rings, or the next job is due.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import TypeVar

import structlog

from shared import lifecycle
from shared.cancelling import was_cancelled
from shared.codec import clean
from shared.errors import StoreUnavailable
from shared.job import FINISHED, Job, JobError, Status
from shared.settings import Settings
from shared.store import MOST_JOBS_A_CALL, Change, ClaimRequest, Claims, Store
from worker_service.engine.attempts import Attempts
from worker_service.engine.bell import Bell
from worker_service.engine.holding import LEASE, Hold, Holding, HoldKey
from worker_service.engine.shares import Shares
from worker_service.engine.turns import Turn, Turns
from worker_service.runner import Ending, Saved

AWAY = (0.1, 0.2, 0.5, 1.0)  # seconds before the next try while the store is away; the last is repeated
MOST_CANCELLED = 1_000  # orders that are remembered

T = TypeVar("T")

log = structlog.get_logger(__name__)


class Engine:
    """Claims for a worker of that name, up to so many jobs at a time."""

    def __init__(
        self, name: str, settings: Settings, store: Store, attempts: Attempts, holding: Holding, bell: Bell
    ) -> None:
        self.name = name
        self.slots = settings.concurrency
        self.holding = holding
        self.idle = asyncio.Event()  # nothing is held and nothing was due
        self.told_to_drain = asyncio.Event()  # as by a signal
        self._drain_for = settings.drain
        self._store = store
        self._attempts = attempts
        self._report = attempts.report
        self._bell = bell
        self._turns = Turns(name)
        self._shares = Shares(settings.queues, random.random)
        self._ended: list[Hold] = []
        self._wake = asyncio.Event()
        self._may_be_due = True  # a job, for all we know
        self._timer: asyncio.TimerHandle | None = None
        self._empty = asyncio.Event()  # nothing is held, and no claim is under way
        self._hurry = asyncio.Event()
        self._claiming = True
        self._handing_back = False
        self._cancelled: dict[HoldKey, None] = {}  # attempts whose claims we may have yet to hear of, the oldest first

    async def run(self) -> None:
        """Until cancelled. While the store is away, what runs goes on; the fence decides afterwards."""
        self._wake.set()
        try:
            while self._turns.failure is None and not was_cancelled():
                await self._wake.wait()
                self._wake.clear()
                while self._turns.may_begin and (self._ended or (self._may_be_due and self.free)):
                    self._begin_turn()
                if self._turns.may_begin and self.free:
                    self._bell.want()
        finally:
            await self._turns.stop()
        if self._turns.failure is not None:
            raise self._turns.failure

    async def drain(self) -> None:
        """Claim nothing more; give what runs its time to end, then hand it back. `hurry` cuts the time short."""
        self._claiming = False
        self._note_emptiness()
        log.info("draining", holding=len(self.holding), seconds=self._drain_for)
        await self._emptied(self._drain_for)
        self._handing_back = True
        for hold in self.holding:
            hold.stop()
        with suppress(TimeoutError):
            await asyncio.wait_for(self._empty.wait(), timeout=LEASE / 1000)
        log.info("drained", holding=len(self.holding))

    def hurry(self) -> None:
        """Hand back at once what still runs."""
        self._hurry.set()

    def wake(self) -> bool:
        """A job may be due: look. Answers whether there is room for it."""
        self._may_be_due = True
        self._wake.set()
        return self.free > 0

    def lost(self, leases: Sequence[HoldKey]) -> None:
        """These attempts are no longer ours: stop them; what they would write is of no interest any more."""
        for key in leases:
            hold = self.holding.holds.get(key)
            if hold is not None and hold.ending is None:
                self._report.lease_lost(hold.job)
                self._release(hold)
                hold.stop()

    def cancel(self, key: HoldKey) -> None:
        """Somebody asked for the end of this attempt. If it is not held, its claim may still be on its way to us."""
        hold = self.holding.holds.get(key)
        if hold is not None:
            log.info("cancelling", job=hold.job.id, type=hold.job.type)
            self._attempts.cancel(hold)
        elif len(self._turns):
            self._cancelled[key] = None
            if len(self._cancelled) > MOST_CANCELLED:
                del self._cancelled[next(iter(self._cancelled))]

    @property
    def is_draining(self) -> bool:
        """Whether it claims nothing more."""
        return not self._claiming

    @property
    def free(self) -> int:
        """How many more jobs the worker can take."""
        return self.slots - len(self.holding) - self._turns.slots if self._claiming else 0

    async def _emptied(self, seconds: float) -> None:
        waits = [asyncio.create_task(event.wait()) for event in (self._empty, self._hurry)]
        await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        for wait in waits:
            wait.cancel()

    def _begin_turn(self) -> None:
        """Settle all that has ended, and claim for up to half of the slots: the other half works meanwhile."""
        ended, self._ended = self._ended[:MOST_JOBS_A_CALL], self._ended[MOST_JOBS_A_CALL:]
        slots = min(self.free + len(ended), max(1, self.slots // 2)) if self._claiming else 0
        turn = self._turns.next()
        attempts = self._attempts
        request = ClaimRequest(
            worker=self.name,
            place=turn.place,
            nonce=turn.nonce,
            lease=LEASE,
            loop_types=attempts.loop_types,
            child_types=attempts.child_types,
            queues=self._shares.of(slots),
            slots=slots,
            children=max(0, attempts.free_children(self.holding) - self._turns.children),
            suspects=max(0, 1 - self.holding.suspects - self._turns.suspects),
        )
        turn.slots, turn.children = max(0, slots - len(ended)), min(slots, request.children)
        turn.suspects = request.suspects
        self._may_be_due = self._may_be_due and slots == 0
        self._bell.ignore()
        self._empty.clear()
        self._turns.begin(turn, self._turn(turn, ended, request), self._turn_ended)

    def _turn_ended(self) -> None:
        if not len(self._turns):
            self._cancelled.clear()
        self._note_emptiness()
        self._wake.set()

    def _note_emptiness(self) -> None:
        if not len(self.holding) and not len(self._turns):
            self._empty.set()

    async def _turn(self, turn: Turn, ended: Sequence[Hold], request: ClaimRequest) -> None:
        changes = [Change(hold.job, hold.settle(self._store.now())) for hold in ended]
        answers, claims = await self._insist(lambda: self._store.write_and_claim(changes, self._still(request)))
        turn.still_asks_for(sum(job.status is Status.PROCESSING for job in claims.jobs))  # until they are recovered
        for hold, answer in zip(ended, answers, strict=True):
            self._settled(hold, answer)
        await self._start(claims)
        if request.slots:
            self._look_ahead(claims)

    def _still(self, request: ClaimRequest) -> ClaimRequest:
        """What was asked for before the drain is still answered, if the store has heard it; nothing more is asked."""
        return request if self._claiming else replace(request, slots=0)

    async def _insist(self, call: Callable[[], Awaitable[T]]) -> T:
        """The same call until it is answered: if only the reply was lost, its answer is still the same."""
        failures = 0
        while not was_cancelled():
            try:
                return await call()
            except StoreUnavailable as error:
                log.warning("the store is away", reason=str(error), holding=len(self.holding))
                await asyncio.sleep(AWAY[min(failures, len(AWAY) - 1)])
                failures += 1
        raise asyncio.CancelledError

    def _look_ahead(self, claims: Claims) -> None:
        """When to look for work again: at once, when the next job is due, or when the bell rings."""
        if claims.more:
            self._may_be_due = True
            return
        if self._timer is not None:
            self._timer.cancel()
        if claims.next_due is not None:
            delay = max(0, claims.next_due - self._store.now()) / 1000
            self._timer = asyncio.get_running_loop().call_later(delay, self.wake)
        is_idle = not (len(self.holding) or self._may_be_due or len(self._turns) > 1)
        if is_idle and self._attempts.children.complete:
            self.idle.set()

    def _settled(self, hold: Hold, answer: Job | None) -> None:
        """The store has answered: written; or refused, since the job is another attempt's; or changed meanwhile."""
        if answer is not None and answer is hold.settled:
            self._report.settled(hold.job, answer)
        elif answer is not None and _is_attempt_of(answer, hold.job.fence):
            hold.again(answer)
            self._end(hold)
            return
        else:
            self._report.refused(hold.job)
        if isinstance(hold.ending, Saved) and not hold.ending.is_told_by(answer):
            asyncio.get_running_loop().run_in_executor(None, hold.ending.drop)
        self._release(hold)

    async def _start(self, claims: Claims) -> None:
        lapsed: list[tuple[Job, Job, Ending]] = []
        for job in claims.jobs:
            claimed = lifecycle.claim(job, self.name, claims.now)
            if job.status is Status.PROCESSING:
                recover = partial(_recover, lapsed=job)
                lapsed.append((claimed, recover(claimed, claims.now), recover))
            else:
                self._begin(claimed)
        if lapsed:
            await self._recover(lapsed)

    async def _recover(self, lapsed: Sequence[tuple[Job, Job, Ending]]) -> None:
        """Write down the attempts that were lost before the jobs run again: a job that kills its worker must count."""
        changes = [Change(claimed, recovered) for claimed, recovered, _ in lapsed]
        answers = await self._insist(lambda: self._store.write(changes))
        amended: list[tuple[Job, Job, Ending]] = []
        for (_, recovered, recover), answer in zip(lapsed, answers, strict=True):
            self._report.recovered(recovered)
            if answer is recovered and recovered.status not in FINISHED:
                self._begin(recovered)
            elif answer is None or not _is_attempt_of(answer, recovered.fence):
                continue
            elif answer.cancel_requested_at is not None:  # meanwhile
                self._begin_nothing(answer, recover)
            else:
                amended.append((answer, recover(answer, self._store.now()), recover))
        if amended:
            await self._recover(amended)

    def _begin(self, job: Job) -> None:
        if self._handing_back or (self._cancelled and (job.id, job.fence) in self._cancelled):
            self._begin_nothing(job, lifecycle.hand_back)
            return
        if job.start_by is not None or job.deadline_at is not None:
            error = lifecycle.missed(job, self._store.now())
            if error is not None:
                self._begin_nothing(job, partial(lifecycle.give_up, error=error))
                return
        self.idle.clear()
        self._empty.clear()
        try:
            self.holding.add(self._attempts.start(job, self._end))
        except Exception as error:
            log.exception("job cannot be begun", job=job.id)
            self._begin_nothing(job, partial(lifecycle.reject, error=JobError("exception", clean(str(error)))))

    def _begin_nothing(self, job: Job, ending: Ending) -> None:
        """It is claimed, but not run."""
        self.idle.clear()
        self._empty.clear()
        hold = Hold(job, ending=ending)
        self.holding.add(hold)
        self._end(hold)

    def _end(self, hold: Hold) -> None:
        self._ended.append(hold)
        self._wake.set()

    def _release(self, hold: Hold) -> None:
        self.holding.drop(hold)
        self._note_emptiness()


def _recover(job: Job, now: int, lapsed: Job) -> Job:
    return lifecycle.recover(job, lapsed, now)


def _is_attempt_of(job: Job, fence: int) -> bool:
    return job.status is Status.PROCESSING and job.fence == fence
