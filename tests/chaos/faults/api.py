"""What befalls the API: killed while very many requests are under way."""

import asyncio

from tests.chaos.load import brief
from tests.chaos.seeds import seeded
from tests.chaos.system import ended
from tests.chaos.trial import Trial

CALLERS = 60


async def kill(trial: Trial, *, cut: int = 1_000) -> None:
    """F20: until so many requests were cut."""
    workers, chance = await trial.start(2), seeded(20)
    api = trial.system.fleet.processes[0]
    async with trial.pressure(rate=2_000, callers=CALLERS, mix=brief) as load:
        while load.answers.cut < cut:
            await load.accepts(CALLERS)
            await asyncio.sleep(chance.uniform(0, 0.1))
            api.kill()
            await ended(api)
            load.hold()
            api = trial.system.api()
            await trial.system.ready()
            load.go_on()
    trial.outcome.at_least("requests cut", load.answers.cut, cut)
    trial.expect_alive(*workers)
