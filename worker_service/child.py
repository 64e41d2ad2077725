"""A child process: runs plain `def` processors for its worker, one job at a time. `worker_service.warden` starts it.

It dies with its worker: its warden sees to that; and it dies with its warden.
"""

import os
import queue
import signal
import socket
import threading
from collections.abc import Callable, Mapping

import msgspec
from msgspec import Raw
from msgspec.structs import replace

from shared.discovery import plugins
from shared.files import FileStore
from shared.job import JobError
from shared.limits import Limits
from shared.logs import IN_HAND, configure
from shared.settings import Settings, read_settings
from worker_service import work
from worker_service.catalogue import processors
from worker_service.failures import Failure, failure_of
from worker_service.isolation import LENGTH, Order, Stop, Word
from worker_service.limiting import in_force, limit, named, timed
from worker_service.processors import JobContext, Processor
from worker_service.wear import Wear

Watch = Callable[[Limits | None], None]  # tells the warden what the job may use that runs; None once it is over

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Order | Stop).decode


class Line:
    """The socket to the worker."""

    def __init__(self, fd: int) -> None:
        self._socket = socket.socket(fileno=fd)
        self._input = self._socket.makefile("rb")
        self._sending = threading.Lock()  # a processor may tell of its work from several threads

    def say(self, word: Word) -> None:
        """Send a word."""
        text = _encode(word)
        with self._sending:
            self._socket.sendall(len(text).to_bytes(LENGTH, "big") + text)

    def hear(self) -> Order | Stop | None:
        """What the worker says next; None once it is gone."""
        length = int.from_bytes(self._input.read(LENGTH), "big")
        text = self._input.read(length)
        return _decode(text) if text else None


class Workshop:
    """Runs the orders that come over the line."""

    def __init__(self, line: Line, processors: Mapping[str, Processor], settings: Settings, watch: Watch) -> None:
        self._line = line
        self._processors = processors
        self._files = FileStore(settings.files_url)
        self._configured = settings.for_processors
        limits = {name: each.limits.over(settings.child_limits) for name, each in processors.items()}
        self._limits = {name: in_force(each) for name, each in limits.items()}
        self._watch = watch
        self._stopped = ""  # the attempt that is not to go on

    def stop(self, key: str) -> None:
        """Called by the listening thread: the job of that order sees that it was cancelled, now or once it begins."""
        self._stopped = key

    @property
    def least_memory(self) -> int:
        """Bytes that the job may use which may use the least."""
        return min((each.memory or 0 for each in self._limits.values()), default=0)

    def answer(self, order: Order) -> Word:
        """Do a job. Whatever the processor raises becomes a failure; only what ends the process is not answered."""
        IN_HAND.set(order.marks)
        processor = self._processors.get(order.type)
        if processor is None:  # the worker has it: so a library could be loaded there, but not here
            return Word(order=order.key, failure=Failure(JobError("exception", f"No {order.type} could be loaded.")))
        limits = timed(self._limits[order.type], order.timeout)
        self._watch(limits)
        try:
            limit(limits)
            return Word(order=order.key, result=Raw(self._do(processor, order)))
        except BaseException as error:  # noqa: BLE001 - SystemExit and KeyboardInterrupt are failures of the job
            failure = failure_of(error, processor.job_type.retry_on)
            return Word(order=order.key, failure=named(failure, error, limits))
        finally:
            self._watch(None)

    def _do(self, processor: Processor, order: Order) -> bytes:
        context = JobContext(
            id=order.id,
            type=order.type,
            attempt=order.attempt,
            files=self._files.of(order.tenant).made_by(order.id),
            emit=lambda told: self._line.say(Word(order=order.key, told=told)),
            is_cancelled=lambda: self._stopped == order.key,
            configured=self._configured,
        )
        payload = work.load(processor, order.payload)
        return work.dump(processor(work.told(context, order.outcomes, order.state), payload))


def main(line_fd: int, watch: Watch) -> None:
    """Serve until the worker is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal's Ctrl-C reaches all; the worker decides
    line, me = Line(line_fd), os.getpid()
    settings = read_settings()
    configure(settings.log_format, settings.log_level)
    workshop = Workshop(line, processors(plugins(settings.plugins)), settings, watch)
    orders: queue.SimpleQueue[Order] = queue.SimpleQueue()
    threading.Thread(target=listen, args=(line, orders, workshop.stop), daemon=True).start()
    wear = Wear(workshop.least_memory)
    line.say(Word(ready=True, pid=me))
    while True:
        word = workshop.answer(orders.get())
        if os.getpid() != me:  # the processor has forked, and came back twice
            os._exit(0)
        line.say(last_word(word, wear))


def last_word(word: Word, wear: Wear) -> Word:
    """With what the job has left behind: all that was its own is gone by now, an exception's frames, too."""
    return replace(word, spent=wear.spent())


def listen(line: Line, orders: "queue.SimpleQueue[Order]", stop: Callable[[str], None]) -> None:
    """Hear what the worker says while a job runs, too: that is how its end is noticed at once."""
    while (said := line.hear()) is not None:
        if isinstance(said, Stop):
            stop(said.key)
        else:
            orders.put(said)
    os._exit(0)
