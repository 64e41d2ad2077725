"""One process of ours: started, listened to, and ended together with all that it started itself."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import suppress
from typing import Protocol

from shared.embedded import EmbeddedStore, dying_with_parent

LONGEST_LINE = 1024 * 1024  # bytes
LAST_WORDS = 1.0  # seconds to read what an ended process has left in its pipe
POLL = 0.02  # seconds between two looks at a store that starts


class Part(Protocol):
    """Something that runs beside the others."""

    @property
    def name(self) -> str:
        """What the terminal calls it."""

    @property
    def running(self) -> bool:
        """Whether there is something to stop."""

    async def start(self) -> None:
        """Start its process. Raises `DmpsError` if that cannot be."""

    async def wait(self) -> str:
        """Wait until its process has ended and answer how, in words that follow its name."""

    def send(self, how: signal.Signals) -> None:
        """Ask it to stop (SIGTERM), or end it with all that it started (SIGKILL)."""


class Service:
    """The API or a worker. Its lines go to `show(name, line)`."""

    def __init__(
        self, name: str, command: Sequence[str], environment: Mapping[str, str], show: Callable[[str, str], None]
    ) -> None:
        self.name = name
        self._command = dying_with_parent(command)
        self._environment = environment
        self._show = show
        self._process: asyncio.subprocess.Process | None = None
        self._listener: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int | None:
        """Its process, once it has started."""
        return self._process.pid if self._process else None

    @property
    def running(self) -> bool:
        """Whether the process has started and not ended."""
        return self._process is not None and self._process.returncode is None

    async def start(self) -> None:
        """Start it in a session of its own: a terminal's Ctrl-C is for the runner alone."""
        ours, theirs = os.pipe()  # asyncio's own pipe would keep `wait` waiting for whoever else inherited it
        try:
            self._process = await asyncio.create_subprocess_exec(
                *self._command,
                env=self._environment,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=theirs,
                stderr=theirs,
                start_new_session=True,
            )
        except BaseException:
            os.close(ours)
            raise
        finally:
            os.close(theirs)
        self._listener = asyncio.create_task(self._listen(ours))

    async def wait(self) -> str:
        """Wait for its end, and a moment for its last lines."""
        if self._process is None or self._listener is None:
            return "did not start"
        status = await self._process.wait()
        await asyncio.wait([self._listener], timeout=LAST_WORDS)
        self._listener.cancel()
        return in_words(status)

    def send(self, how: signal.Signals) -> None:
        """Ask the process to stop, or end its whole session."""
        if self._process is None or not self.running:
            return
        deliver = os.killpg if how == signal.SIGKILL else os.kill
        with suppress(ProcessLookupError):
            deliver(self._process.pid, how)

    async def _listen(self, pipe: int) -> None:
        async for line in lines(pipe):
            self._show(self.name, line)


class Store:
    """The embedded store, as one of the parts. What it has to say stands in its own log."""

    name = "store"

    def __init__(self, embedded: EmbeddedStore) -> None:
        self.embedded = embedded

    @property
    def running(self) -> bool:
        """Whether the server has started and not ended."""
        return self.embedded.running

    async def start(self) -> None:
        """Start it and wait until it has loaded its data."""
        self.embedded.spawn()  # from the loop's thread, which outlasts it
        while not self.embedded.answers():  # noqa: ASYNC110 - another process cannot set our events
            await asyncio.sleep(POLL)

    async def wait(self) -> str:
        """Wait for its end."""
        return in_words(await asyncio.to_thread(self.embedded.wait))

    def send(self, how: signal.Signals) -> None:
        """Ask it to stop, or end it."""
        self.embedded.send(how)


def in_words(status: int) -> str:
    """How a process ended, by its exit status or the negative number of the signal that killed it."""
    return f"was ended by {signal.Signals(-status).name}" if status < 0 else f"ended with status {status}"


async def lines(pipe: int) -> AsyncIterator[str]:
    """The lines that come out of a pipe, until all who write to it have closed it. Closes it."""
    reader = asyncio.StreamReader(limit=LONGEST_LINE)
    transport, _ = await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(pipe, "rb", 0)
    )
    try:
        while line := await _line(reader):
            yield line.decode(errors="backslashreplace").rstrip("\r\n")
    finally:
        transport.close()


async def _line(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.readline()
    except ValueError:  # StreamReader has thrown the line away
        return f"(a line of more than {LONGEST_LINE} bytes)\n".encode()
