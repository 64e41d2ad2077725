"""A child process: runs plain `def` processors for its worker, one job at a time. `worker_service.isolation` starts it.

It dies with its worker: by the kernel's hand where it can (Linux), else because a thread sees the line break.
"""

import ctypes
import os
import queue
import resource
import signal
import socket
import sys
import threading
from collections.abc import Callable, Mapping

import msgspec
from msgspec import Raw
from msgspec.structs import replace

from shared.discovery import plugins
from shared.files import FileStore
from shared.settings import Settings, read_settings
from worker_service import work
from worker_service.catalogue import processors
from worker_service.failures import Overrides, failure_of
from worker_service.isolation import LENGTH, Order, Stop, Word
from worker_service.processors import JobContext, Processor
from worker_service.wear import Wear

PR_SET_PDEATHSIG = 1  # prctl(2)

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

    def __init__(
        self, line: Line, processors: dict[str, Processor], files: FileStore, configured: Mapping[str, str]
    ) -> None:
        self._line = line
        self._processors = processors
        self._files = files
        self._configured = configured
        self._stopped = ""  # the attempt that is not to go on

    def stop(self, key: str) -> None:
        """Called by the listening thread: the job of that order sees that it was cancelled, now or once it begins."""
        self._stopped = key

    def answer(self, order: Order) -> Word:
        """Do a job. Whatever the processor raises becomes a failure; only what ends the process is not answered."""
        limit_cpu(order.timeout)
        context = JobContext(
            id=order.id,
            type=order.type,
            attempt=order.attempt,
            files=self._files.of(order.tenant),
            emit=lambda told: self._line.say(Word(order=order.key, told=told)),
            is_cancelled=lambda: self._stopped == order.key,
            configured=self._configured,
        )
        retry_on: Overrides = {}
        try:
            processor = self._processors[order.type]
            retry_on = processor.job_type.retry_on
            payload = work.load(processor, order.payload)
            return Word(result=Raw(work.dump(processor(work.told(context, order.outcomes, order.state), payload))))
        except BaseException as error:  # noqa: BLE001 - SystemExit and KeyboardInterrupt are failures of the job
            return Word(failure=failure_of(error, retry_on))


def main() -> None:
    """Serve until the worker is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal's Ctrl-C reaches all; the worker decides
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    die_with_parent()
    line = Line(int(sys.argv[1]))
    settings = read_settings()
    limit_memory(settings)
    served = processors(plugins(settings.plugins))
    workshop = Workshop(line, served, FileStore(settings.files_url), settings.for_processors)
    orders: queue.SimpleQueue[Order] = queue.SimpleQueue()
    threading.Thread(target=listen, args=(line, orders, workshop.stop), daemon=True).start()
    wear = Wear(settings.child_memory)
    line.say(Word(ready=True))
    while True:
        line.say(last_word(workshop.answer(orders.get()), wear))


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


def die_with_parent() -> None:
    """Have the kernel kill this process when its worker dies."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def limit_memory(settings: Settings) -> None:
    """Bound the memory of this process (RLIMIT_DATA: heap and private mappings; RLIMIT_AS breaks some libraries)."""
    resource.setrlimit(resource.RLIMIT_DATA, (settings.child_memory, settings.child_memory))


def limit_cpu(timeout: float) -> None:
    """Bound the processor time of the next job: its timeout, on every core."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    most = used.ru_utime + used.ru_stime + timeout * (os.cpu_count() or 1)
    resource.setrlimit(resource.RLIMIT_CPU, (int(most) + 2, resource.RLIM_INFINITY))


if __name__ == "__main__":
    main()
