"""The process between a worker and a child: it ends all that a job has started, however the job itself ends.

Everything that descends from it stays below it (`process_tree`), so nothing outlives the job. It takes what the child
writes, looks at a job that runs twenty times a second, and is asleep while none does. When the child has ended, has met
a limit, or the line to the worker breaks (it wants the child no more, or is dead), it ends them all and says why.

`python -m worker_service.warden FD` (the line). The verdict goes to stdout, what the child writes to stderr.
"""

import os
import select
import signal
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress

import msgspec
from msgspec import Struct

from shared.job import JobError
from shared.limits import Limits, exceeded
from worker_service import process_tree

LOOK_EVERY = 0.05  # seconds; by so much a job may outrun a limit
CHUNK = 64 * 1024  # bytes
AT_ONCE = 4096  # bytes that a pipe takes without delay, if it takes any (POSIX)
MOST_DEAD = 200  # processes of a job that have ended, and of which nobody has asked how
KEPT = 2048  # bytes of what the child has written last
NO_MEMORY = (b"memory allocation of", b"bad_alloc", b"out of memory", b"annot allocate memory")

Watched = tuple[float, int, int, int]  # cpu, processes, output and memory of `Limits`

_encode = msgspec.json.Encoder().encode
_watched = msgspec.json.Decoder(Watched).decode


class Verdict(Struct, frozen=True):
    """How a child has ended, as `subprocess` says it, and the limit that its job has met."""

    status: int | None = None
    error: JobError | None = None


class Desk:
    """Where the child tells its warden what it is to see to while a job runs, and that it is over: a line each."""

    def __init__(self, fd: int) -> None:
        self._fd = fd

    def tell(self, limits: Limits | None) -> None:
        """They are short: they must all fit in the pipe until the warden's next look."""
        if limits is None:
            os.write(self._fd, b"\n")
        else:
            watched = (limits.cpu, limits.processes, limits.output, limits.memory)
            os.write(self._fd, _encode(watched) + b"\n")


class Warden:
    """Looks after one child."""

    def __init__(self, child: int, line: int, desk: int, output: int) -> None:
        self._child, self._desk, self._output = child, desk, output
        self._status: int | None = None  # of the child, once it has ended
        self._limits: Limits | None = None  # of the job that runs
        self._used_before = 0.0
        self._written = 0
        self._last = b""
        self._begun = b""  # a line that is not whole yet
        self._next_look = 0.0
        self._line, self._wake = line, _woken_by_ended_children()
        self._poll = select.poll()
        self._poll.register(line, 0)  # that it breaks is told all the same
        for fd in (desk, output, self._wake):
            os.set_blocking(fd, False)
            self._poll.register(fd, select.POLLIN)

    def watch(self) -> JobError | None:
        """Until the child is to end, or has. Answers the limit that it has met."""
        while not self._has_ended():
            ready = dict(self._poll.poll(self._pause()))
            if self._line in ready:
                return None
            self._hear()
            if self._output in ready:
                self._forward()
            if self._wake in ready:
                self._read(self._wake)
            if (met := self._met()) is not None:
                return met
        return None

    def close(self, met: JobError | None) -> Verdict:
        """End all. What was written last may tell why."""
        ended = process_tree.end_all(self._child)
        status = ended.get(self._child, self._status)
        self._forward()
        if self._begun:
            _write(self._begun + b"\n")
        limits = self._limits
        if met is None and limits is not None:
            if status == -signal.SIGXCPU:
                met = exceeded("cpu", limits)
            elif status == -signal.SIGABRT and any(word in self._last for word in NO_MEMORY):
                met = exceeded("memory", limits)
        return Verdict(status, met)

    def _has_ended(self) -> bool:
        """Orphans that have are reaped besides."""
        ended, _ = process_tree.reap()
        self._status = ended.get(self._child)
        return self._status is not None

    def _pause(self) -> float | None:
        """Milliseconds until the next look."""
        return None if self._limits is None else max(0.0, self._next_look - time.monotonic()) * 1000

    def _hear(self) -> None:
        """While a job runs, what the child says does not wake us: that would take longer than a small job."""
        told = self._read(self._desk).splitlines()
        if not told:
            return
        if any(told):
            self._used_before, self._written, self._last = self._used(), 0, b""
            self._next_look = time.monotonic() + LOOK_EVERY
        self._limits = _limits(told[-1]) if told[-1] else None
        self._poll.register(self._desk, 0 if self._limits else select.POLLIN)

    def _forward(self) -> None:
        """Whole lines, so that they and the worker's own do not mix."""
        text = self._read(self._output)
        self._written += len(text)
        self._last = (self._last + text)[-KEPT:]
        whole, newline, self._begun = (self._begun + text).rpartition(b"\n")
        _write(whole + newline)
        if len(self._begun) > AT_ONCE:
            _write(self._begun)
            self._begun = b""

    def _read(self, fd: int) -> bytes:
        """What there is. The child may have closed its end, and live on."""
        try:
            text = os.read(fd, CHUNK)
        except BlockingIOError:
            return b""
        if not text:
            with suppress(KeyError):
                self._poll.unregister(fd)
        return text

    def _met(self) -> JobError | None:
        """The limit that the job has met, if one is to be seen."""
        limits, now = self._limits, time.monotonic()
        if limits is not None and self._written > (limits.output or 0):
            return exceeded("output", limits)
        if limits is None or now < self._next_look:
            return None
        self._next_look = now + LOOK_EVERY
        return self._look(limits)

    def _look(self, limits: Limits) -> JobError | None:
        found = process_tree.below(os.getpid())
        if _are_more(found, 1 + (limits.processes or 0)):
            return exceeded("processes", limits)
        if self._used(found) - self._used_before > (limits.cpu or 0):
            return exceeded("cpu", limits)
        memory = limits.memory or 0
        if any(process_tree.shared_memory(pid, memory) > memory for pid in found):
            return exceeded("memory", limits)
        return None

    def _used(self, found: Iterable[int] = ()) -> float:
        """Seconds of processor time: of the child, of all that live, and of orphans that have ended."""
        own = os.times()
        living = sum(map(process_tree.processor_time, {self._child, *found}))
        return living + own.children_user + own.children_system


def _are_more(found: Sequence[int], most: int) -> bool:
    """Whether more of them live. Those that have ended do not count, unless they are many: they take up room, too."""
    return len(found) > most and (len(found) > most + MOST_DEAD or sum(map(process_tree.lives, found)) > most)


def main() -> None:
    """Part into warden and child, before anything large is loaded, and any thread runs."""
    line, me = int(sys.argv[1]), os.getpid()
    process_tree.adopt_orphans()
    (desk, to_desk), (output, to_output) = os.pipe(), os.pipe()
    child = os.fork()
    if child == 0:
        _be_the_child(me, line, to_desk, to_output)
        return
    os.close(to_desk)
    os.close(to_output)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):  # the worker decides
        signal.signal(number, signal.SIG_IGN)
    warden = Warden(child, line, desk, output)
    sys.stdout.buffer.write(_encode(warden.close(warden.watch())))
    sys.stdout.flush()


def _be_the_child(warden: int, line: int, desk: int, output: int) -> None:
    process_tree.die_with(warden)
    process_tree.adopt_orphans()
    process_tree.be_the_first_to_go()
    os.setsid()  # what it sends to its own process group does not reach the warden
    for fd in (sys.stdout.fileno(), sys.stderr.fileno()):
        os.dup2(output, fd)
    os.set_inheritable(line, False)  # noqa: FBT003 - as it is called
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    from worker_service import child  # noqa: PLC0415 - the warden stays small

    child.main(line, Desk(desk).tell)


def _limits(told: bytes) -> Limits:
    cpu, processes, output, memory = _watched(told)
    return Limits(memory=memory, cpu=cpu, processes=processes, output=output)


def pieces(text: bytes) -> Iterator[bytes]:
    """What can be written at once: lines as a whole, if they are not too long."""
    start = 0
    while start < len(text):
        end = text.rfind(b"\n", start, start + AT_ONCE) + 1 or start + AT_ONCE
        yield text[start:end]
        start = end


def _write(text: bytes) -> None:
    """To stderr, as far as somebody takes it: we must not wait."""
    for piece in pieces(text):
        with suppress(OSError):  # a full disk
            if select.select((), (sys.stderr,), (), 0)[1]:
                os.write(sys.stderr.fileno(), piece)


def _woken_by_ended_children() -> int:
    """What can be read once one has ended (signal.set_wakeup_fd)."""
    woken, wake = os.pipe()
    os.set_blocking(wake, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
    return woken


if __name__ == "__main__":
    main()
