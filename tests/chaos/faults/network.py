"""What befalls the links to the store: black holes, cuts, slowness, slices, resets."""

import asyncio
import time
from collections.abc import Callable, Sequence

from shared.store import Store
from shared.store.connection import script
from tests.chaos.faults.submitting import acknowledge, insist, new_job, submit_many
from tests.chaos.ledger import Run
from tests.chaos.load import Load
from tests.chaos.proxy import Cut, Way
from tests.chaos.seeds import Chance, seeded
from tests.chaos.trial import RECOVERY, RESUME, Death, Trial

HOLE = 15.0  # seconds: longer than a lease
SUBMITTERS = 8
LEAST_CLAIMS = 200  # a second, of a worker 25 ms away
RENEWAL = 2.0  # seconds: a worker that hears nothing may still have renewed its leases once


async def cut_workers_off(trial: Trial, *, seconds: float = HOLE) -> None:
    """F10: a worker behind a black hole, first both ways, then only for the answers."""
    proxy = await trial.proxy()
    (near,) = await trial.start(1, url=proxy.url)
    far = await trial.another()
    deaths, healed = [], []
    async with trial.pressure(rate=40) as load:
        for ways in ((Way.THERE, Way.BACK), (Way.BACK,)):
            await load.accepts(60)
            proxy.swallow(*ways)
            deaths.append(Death(near.pid, time.monotonic()))
            await asyncio.sleep(seconds)
            proxy.heal()
            healed.append(time.monotonic())
            await load.accepts(100)
    trial.expect_recovery(deaths, RECOVERY + RENEWAL)
    own = [run.started for run in trial.runs if run.worker == near.pid]
    again = [min((at - moment for at in own if at > moment), default=float("inf")) for moment in healed]
    trial.outcome.spread("works again after healing", again, RESUME)
    trial.expect_alive(near, far)


async def cut_the_api_off(trial: Trial, *, seconds: float = 8.0) -> None:
    """F11."""
    proxy = await trial.proxy()
    await trial.start(2, api=proxy.url)
    healed = []
    async with trial.pressure(rate=40) as load:
        for ways in ((Way.THERE, Way.BACK), (Way.BACK,)):
            await load.accepts(40)
            proxy.swallow(*ways)
            await asyncio.sleep(seconds)
            proxy.heal()
            healed.append(time.monotonic())
            await load.accepts(40)
    trial.expect_resume(*healed)
    trial.note_slowest_refusal()


async def cut_around_calls(trial: Trial, *, jobs: int = 3_000) -> None:
    """F12: each submission's link is cut before the call, after it, or not; so is one in ten claims and settlements."""
    to_submit, to_work = await trial.proxy(seed=12), await trial.proxy(seed=13)
    to_submit.cut = _cuts(seeded(1), 2 / 3, "submit")
    workers = await trial.start(2, url=to_work.url, DMPS_CONCURRENCY="50")
    to_work.cut = _cuts(seeded(2), 0.1, "claim", "write")
    async with trial.pressure(callers=0) as load:
        tries = await asyncio.gather(*(_insist(trial, to_submit.url, load, jobs) for _ in range(SUBMITTERS)))
    trial.outcome.figures |= {"links cut": to_submit.cuts + to_work.cuts, "calls by submitters": sum(tries)}
    again = trial.outcome.figures["runs"]
    trial.outcome.at_most("runs beyond one a job", float(again) - len(load.answers.acknowledged), 0)
    trial.expect_alive(*workers)


async def slow_down(trial: Trial) -> None:
    """F13."""
    proxy, rates = await trial.proxy(seed=13), dict[float, int]()
    trial.system.api()
    async with trial.pressure(callers=0) as load:
        for delay, jobs in ((0.025, 2_000), (0.1, 600), (0.5, 300)):
            proxy.delay, proxy.jitter = delay, delay / 5
            worker = await trial.another(proxy.url, DMPS_CONCURRENCY="100")
            ids = await submit_many(trial.system.reader, jobs, [{"do": "return"}], trial.system.ledger)
            acknowledge(load.answers, *ids)
            await trial.has_ended(*ids)
            rates[delay] = round(_rate(trial.read(), ids))
            trial.kill(worker)
    trial.outcome.figures |= {f"claims a second at {delay * 1000:g} ms": rate for delay, rate in rates.items()}
    trial.outcome.at_least("claims a second at 25 ms", rates[0.025], LEAST_CLAIMS)


async def slice_and_reset(trial: Trial, *, seconds: float = 8.0, rate: float = 0.05) -> None:
    """F14: first every byte comes alone, then so many of all pieces are met by a reset."""
    proxy = await trial.proxy(seed=14)
    workers = await trial.start(2, api=proxy.url, url=proxy.url)
    async with trial.pressure(rate=8) as load:
        await load.accepts(4)
        proxy.sliced = True
        await asyncio.sleep(seconds)
        proxy.sliced = False
        await load.accepts(8)
        load.pace(40)
        proxy.reset_rate = rate
        await asyncio.sleep(seconds)
        proxy.reset_rate = 0.0
        await load.accepts(20)
    trial.outcome.figures["links reset"] = proxy.cuts
    trial.expect_alive(*workers)


def _cuts(chance: Chance, rate: float, *names: str) -> Callable[[bytes], Cut | None]:
    """Cut that share of the calls of these scripts, half of them before and half after."""
    shas = [script(name).sha.encode() for name in names]

    def fate(data: bytes) -> Cut | None:
        if chance.random() < rate and any(sha in data for sha in shas):
            return chance.choice((Cut.BEFORE, Cut.AFTER))
        return None

    return fate


async def _insist(trial: Trial, url: str, load: Load, jobs: int) -> int:
    store, tries = Store.connect(url), 0
    for _ in range(jobs // SUBMITTERS):
        job = new_job(trial.system.reader.now(), [{"do": "return"}], trial.system.ledger)
        tries += await insist(store, job, load.answers)
    await store.close()
    return tries


def _rate(runs: Sequence[Run], ids: Sequence[str]) -> float:
    wanted = set(ids)
    starts = sorted(run.started for run in runs if run.job in wanted)
    return len(starts) / max(0.001, starts[-1] - starts[0])
