"""Stopping: who asks for it, and how the parts are brought to an end."""

import asyncio
import signal
from collections.abc import Callable, Sequence

from deploy.dev.service import Part
from deploy.dev.waiting import first_of, remind

REMIND_EVERY = 2.0  # seconds
HAND_BACK = 2.0  # seconds, for a worker to hand its jobs back, so that they need not be taken for lost


class Stop:
    """What the developer's signals ask for.

    Only a second Ctrl-C means "at once": make, shells and supervisors may send SIGTERM and SIGHUP more than once.
    """

    def __init__(self) -> None:
        self.asked = asyncio.Event()
        self.at_once = asyncio.Event()

    def listen(self) -> None:
        """Take this process's signals from now on."""
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGINT, self.interrupt)
        for name in (signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(name, self.asked.set)

    async def wait(self) -> None:
        """Until somebody asks."""
        await self.asked.wait()

    def interrupt(self) -> None:
        """A Ctrl-C."""
        (self.at_once if self.asked.is_set() else self.asked).set()


async def end(parts: Sequence[Part], at_once: asyncio.Event, patience: float, say: Callable[[str], None]) -> None:
    """Ask the parts to stop, and wait; `at_once`: ask again, which they take for "now".

    Those that take longer than `patience`, or are not even then through within a moment, are killed.
    """
    for part in parts:
        part.send(signal.SIGTERM)
    await first_of(
        _all_ended(parts),
        _is_set(at_once),
        asyncio.sleep(patience),
        remind(say, lambda: f"waiting for {_names(parts)} to finish; Ctrl-C again ends at once", REMIND_EVERY),
    )
    if at_once.is_set() and _names(parts):
        for part in parts:
            part.send(signal.SIGTERM)
        await first_of(_all_ended(parts), asyncio.sleep(HAND_BACK))
    if names := _names(parts):
        say(f"killing {names}")
    for part in parts:
        part.send(signal.SIGKILL)
    await _all_ended(parts)


async def _all_ended(parts: Sequence[Part]) -> None:
    await asyncio.gather(*(part.wait() for part in parts))


async def _is_set(event: asyncio.Event) -> None:
    await event.wait()


def _names(parts: Sequence[Part]) -> str:
    return ", ".join(part.name for part in parts if part.running)
