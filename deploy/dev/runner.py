"""Starts the parts in order, keeps them running, and stops them in the opposite order."""

import asyncio
import sys
from collections.abc import Callable
from dataclasses import dataclass

from deploy.dev.console import Console
from deploy.dev.plan import Plan, base_url
from deploy.dev.ready import until_ready
from deploy.dev.service import Part, Service, Store
from deploy.dev.stopping import Stop, end
from deploy.dev.waiting import first_of, remind
from deploy.dev.welcome import welcome
from shared.embedded import EmbeddedStore
from shared.errors import DmpsError

FIRST_DELAY, LONGEST_DELAY = 0.5, 15.0  # seconds before a part that ended is started again
STEADY = 30.0  # seconds after which a part has shown that it can run
REMIND_EVERY = 5.0  # seconds

API = ("-m", "api_service")
WORKER = ("-m", "arq", "worker_service.WorkerSettings")


class PartEnded(DmpsError):
    """A part ended before all were ready."""


@dataclass(frozen=True)
class System:
    """All that `make dev` runs."""

    redis_url: str
    store: Store | None  # None: somebody else runs it
    services: list[Service]  # the API, then the workers

    @property
    def parts(self) -> list[Part]:
        """In the order in which they start."""
        return [*([self.store] if self.store else []), *self.services]

    def workers(self) -> set[int]:
        """The workers' process ids."""
        return {service.pid for service in self.services[1:] if service.pid is not None}


def system_of(plan: Plan, console: Console) -> System:
    """The parts of a plan, none of them started."""
    store = Store(EmbeddedStore(plan.store_dir)) if plan.redis_url is None else None
    redis_url = store.embedded.url if store else plan.redis_url or ""
    environment = plan.environment(redis_url)
    commands = {"api": API, **{f"worker-{number}": WORKER for number in range(1, plan.workers + 1)}}
    services = [
        Service(name, [sys.executable, *command], environment, console.show) for name, command in commands.items()
    ]
    return System(redis_url, store, services)


async def run(plan: Plan, console: Console) -> int:
    """Run everything until somebody asks it to stop. Answers the exit status: 1 if not all could be started."""
    stop = Stop()
    stop.listen()
    console.on_closed = stop.asked.set
    system = system_of(plan, console)
    try:
        await first_of(stop.wait(), _live(system, plan, console))
    except DmpsError as error:
        console.say(str(error))
        return 1
    finally:
        await _end_all(system, stop, plan, console.say)
    return 0


async def keep_running(part: Part, say: Callable[[str], None]) -> None:
    """Start a part again whenever it ends, later and later as long as it does not last."""
    loop = asyncio.get_running_loop()
    delay = 0.0
    while True:
        began = loop.time()
        how = await part.wait()
        delay = next_delay(delay, loop.time() - began)
        say(f"{part.name} {how}; it is started again in {delay:g} s")
        await asyncio.sleep(delay)
        try:
            await part.start()
        except DmpsError as error:
            say(str(error))


def next_delay(last: float, lasted: float) -> float:
    """Seconds until the next start of a part that lasted so long after it was last delayed that long."""
    return FIRST_DELAY if lasted > STEADY else min(max(2 * last, FIRST_DELAY), LONGEST_DELAY)


async def _live(system: System, plan: Plan, console: Console) -> None:
    await _start(system, plan, console.say)
    console.write(welcome(plan, system.redis_url))
    await first_of(*(keep_running(part, console.say) for part in system.parts))


async def _start(system: System, plan: Plan, say: Callable[[str], None]) -> None:
    if system.store:
        say(f"starting the store in {plan.store_dir}")
        await first_of(system.store.start(), remind(say, lambda: "the store still loads its data", REMIND_EVERY))
    say(f"starting the API and {plan.workers} worker{'s' * (plan.workers != 1)}")
    for service in system.services:
        await service.start()
    url = base_url(plan.host, plan.port)
    await first_of(until_ready(url, system.workers(), say), *(_must_last(part) for part in system.parts))


async def _must_last(part: Part) -> None:
    raise PartEnded(f"{part.name} {await part.wait()} before all was ready; what it said stands above.")


async def _end_all(system: System, stop: Stop, plan: Plan, say: Callable[[str], None]) -> None:
    if any(part.running for part in system.parts):
        say("stopping")
        await end(system.services, stop.at_once, plan.patience, say)
        await end([system.store] if system.store else [], stop.at_once, plan.patience, say)
        say("stopped")
    if system.store:
        system.store.embedded.stop()  # it has ended; this lets go of its directory
