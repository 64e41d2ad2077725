"""Child processes for plain `def` processors: warm, limited, each killed alone. Everything between us is JSON.

A child (`worker_service.child`) runs one job at a time and talks over a socket of its own, so that a child that is
killed in the middle of a word breaks nothing but its own line. A process of its own between us, its warden
(`worker_service.warden`), ends it with all that it has started, and tells why, whether we ask for it or it has to.
"""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

import msgspec
import structlog
from msgspec import Raw, Struct

from shared.job import Job
from shared.logs import marks
from worker_service import spawning
from worker_service.failures import AttemptFailed, Failure
from worker_service.runner import Attempt, within
from worker_service.warden import Verdict
from worker_service.work import Outcomes

LENGTH = 4  # bytes that tell how long the message behind them is
START_WITHIN = 60.0  # seconds
STUBBORN = 8.0  # seconds after which a warden that was asked to end its child is killed itself
RESTART_DELAYS = (0.0, 0.5, 1.0, 2.0, 5.0)  # seconds, for a child that cannot even start

log = structlog.get_logger(__name__)


class Order(Struct, frozen=True, tag_field="order", tag="run"):
    """What a child is asked to do."""

    key: str
    id: str
    type: str
    attempt: int
    payload: Raw
    timeout: float
    tenant: str
    outcomes: Outcomes
    state: Raw  # of its last checkpoint
    marks: Mapping[str, str] = {}  # by what its lines in the log name it


class Stop(Struct, frozen=True, tag_field="order", tag="stop"):
    """The job of an order is not wanted any more: it may see so, and end by itself."""

    key: str


class Word(Struct, frozen=True, omit_defaults=True):
    """What a child says: that it is ready, what its job tells, and at last a result or a failure."""

    ready: bool = False
    pid: int = 0  # its own, with the first word
    order: str = ""  # the attempt that it tells of: a thread or a fork of an earlier one may still talk
    told: Mapping[str, Any] | None = None
    result: Raw = Raw(b"null")
    failure: Failure | None = None
    spent: str = ""  # what jobs have left behind in it; with its last word on a job


_decode = msgspec.json.Decoder(Word).decode
_decode_verdict = msgspec.json.Decoder(Verdict).decode


class Child:
    """One child process and the line to it."""

    def __init__(
        self, process: asyncio.subprocess.Process, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.over = asyncio.Event()  # it has ended, or is about to: it takes no more jobs
        self.spent = ""  # what jobs have left behind in it, if that is too much for another
        self.pid = 0
        self._process = process
        self._reader = reader
        self._writer = writer
        self._insist: asyncio.TimerHandle | None = None
        self.end = asyncio.create_task(self._see_it_end())

    @classmethod
    async def start(cls) -> "Child":
        """Start a child and wait until it has loaded its processors. Raises `AttemptFailed` if it ends before."""
        child = cls(*await spawning.start())
        try:
            child.pid = (await within(START_WITHIN, child.listen())).pid
        except BaseException:
            await child.kill()
            raise
        return child

    async def run(self, order: Order, tell: Callable[[Mapping[str, Any]], None]) -> Raw:
        """Have a job done. Raises `AttemptFailed` with its failure, or because the child has crashed."""
        self._say(order)
        while True:
            word = await self.listen()
            if word.order != order.key:
                continue
            if word.told is not None:
                tell(word.told)
                continue
            self.spent = word.spent
            if word.failure is not None:
                raise AttemptFailed(word.failure)
            return word.result

    def ask_to_stop(self, key: str) -> None:
        """Tell the job of that order that it was cancelled."""
        self._say(Stop(key))

    async def listen(self) -> Word:
        """The next word of the child. Raises `AttemptFailed` if there will be none."""
        try:
            length = int.from_bytes(await self._reader.readexactly(LENGTH), "big")
            return _decode(await self._reader.readexactly(length))
        except (OSError, EOFError) as error:
            raise AttemptFailed(spawning.failure(await asyncio.shield(self.end))) from error

    def dismiss(self) -> None:
        """End the child at once, whatever it does, with all that it has started: its warden sees the line break."""
        if not self.over.is_set():
            self.over.set()
            self._writer.transport.abort()
            self._insist = asyncio.get_running_loop().call_later(STUBBORN, self._kill_warden)

    async def kill(self) -> None:
        """Dismiss it, and wait until it is gone."""
        self.dismiss()
        await asyncio.shield(self.end)

    def _say(self, what: Order | Stop) -> None:
        text = msgspec.json.encode(what)
        self._writer.write(len(text).to_bytes(LENGTH, "big") + text)

    async def _see_it_end(self) -> Verdict:
        """What the warden says of it, once it is gone."""
        verdict, _ = await self._process.communicate()
        self.dismiss()
        if self._insist:
            self._insist.cancel()
        self._reader.feed_eof()
        return _decode_verdict(verdict) if verdict else Verdict()

    def _kill_warden(self) -> None:
        """It does not do what it should, which cannot be. The kernel kills its child, too."""
        log.warning("a warden had to be killed", pid=self._process.pid)
        with suppress(ProcessLookupError):
            self._process.kill()


class Children:
    """As many children as may run at a time. One that ends, whoever ended it, is replaced at once."""

    def __init__(self, count: int, changed: Callable[[], object]) -> None:
        self._count = count
        self._changed = changed  # called when a child has become free
        self._idle: asyncio.Queue[Child] = asyncio.Queue()
        self._all: set[Child] = set()  # until they are gone
        self._busy: dict[str, Child] = {}  # by the keys of their orders
        self._places: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Begin to start them; each is free as soon as it is ready."""
        self._places = [asyncio.create_task(self._fill_a_place()) for _ in range(self._count)]

    @property
    def ready(self) -> int:
        """How many children there are, at work or not."""
        return sum(not child.over.is_set() for child in self._all)

    @property
    def complete(self) -> bool:
        """Whether all have started that are to be."""
        return self.ready >= self._count

    async def perform(self, attempt: Attempt) -> bytes:
        """A plain `def` processor, in a free child, within its timeout. Answers the result as JSON."""
        child = await self._take()
        job, key = attempt.job, key_of(attempt.job)
        number, outcomes = attempt.context.attempt, attempt.outcomes
        facts = (job.payload, job.timeout, job.tenant, outcomes, attempt.state, marks(job))
        order = Order(key, job.id, job.type, number, *facts)
        self._busy[key] = child
        try:
            result = await within(job.timeout, child.run(order, attempt.context.emit))
        except BaseException as error:
            if isinstance(error, AttemptFailed) and error.failure.error.code not in ENDS_CHILD:
                self._release(child)
            else:
                await child.kill()
            raise
        finally:
            del self._busy[key]
        self._release(child)
        return bytes(result)

    def ask_to_stop(self, job: Job) -> None:
        """Tell a running job that it was cancelled. It may then end by itself."""
        self._busy[key_of(job)].ask_to_stop(key_of(job))

    def runs(self, job: Job) -> bool:
        """Whether a child has begun with a job: else it still waits for one."""
        return key_of(job) in self._busy

    async def close(self) -> None:
        """End all of them."""
        for place in self._places:
            place.cancel()
        await asyncio.gather(*self._places, return_exceptions=True)
        await asyncio.gather(*(child.kill() for child in self._all))

    async def _take(self) -> Child:
        """A free child. One that died while it was idle is nobody's failure."""
        while True:
            child = await self._idle.get()
            if not child.over.is_set():
                return child

    def _release(self, child: Child) -> None:
        if child.spent:
            log.info("a child process is replaced: its jobs have left too much behind", holds=child.spent)
            child.dismiss()
        else:
            self._idle.put_nowait(child)
            self._changed()

    async def _fill_a_place(self) -> None:
        """Until cancelled: one child after the other."""
        while True:
            child = await self._start_one()
            self._welcome(child)
            await child.over.wait()

    def _welcome(self, child: Child) -> None:
        self._all.add(child)
        child.end.add_done_callback(lambda _: self._all.discard(child))
        self._release(child)

    async def _start_one(self) -> Child:
        tries = 0
        while True:
            await asyncio.sleep(RESTART_DELAYS[min(tries, len(RESTART_DELAYS) - 1)])
            try:
                child = await Child.start()
            except (AttemptFailed, OSError) as error:
                log.warning("a child process does not start", reason=str(error))
                tries += 1
            else:
                return child


def key_of(job: Job) -> str:
    """What names this attempt to a child."""
    return f"{job.id}:{job.fence}"


ENDS_CHILD = frozenset({"timeout", "crashed", "memory_limit", "cpu_limit", "processes_limit", "output_limit"})
