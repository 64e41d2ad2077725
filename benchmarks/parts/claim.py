"""Whether a long queue makes claiming slower."""

import asyncio
import time
from collections.abc import Iterator, Sequence

from benchmarks.bench import Bench, Server, valkey
from benchmarks.figures import OURS, Measure, Sample
from benchmarks.parts import Part
from benchmarks.programs import ours
from shared import lifecycle
from shared.job import Job
from shared.store import Change, ClaimRequest, Store

CLAIM = Measure("claim 100 jobs", "ms", "less")
STEP = Measure("settle 100 jobs and claim 100, one call", "ms", "less")
LEVELS = (1_000, 100_000, 1_000_000)
BATCH = 100
CALLS = 20  # a round; the mean of a round is a sample's value
WORKER = "bench"
LEASE = 60_000  # ms


def case_of(level: int) -> str:
    """The row of a level."""
    return f"{level:,} waiting"


async def submit(url: str, level: int) -> None:
    """Have so many jobs wait."""
    async with ours.connect(url) as submitter:
        await submitter.fill(level, {})


async def claim(url: str, level: int) -> list[Sample]:
    """Claim jobs and hand them back, so that as many wait afterwards as before."""
    store = Store.connect(url)
    await store.synchronise()
    try:
        claims = [await _claim(store, number) for number in range(CALLS)]
        steps = await _steps(store)
    finally:
        await store.close()
    case = case_of(level)
    return [Sample(CLAIM, OURS, _mean_ms(claims), case), Sample(STEP, OURS, _mean_ms(steps), case)]


async def _claim(store: Store, number: int) -> float:
    seconds, jobs = await _call(store, [], f"claim-{number} ")
    await store.write(_handed_back(store, jobs))
    return seconds


async def _steps(store: Store) -> list[float]:
    _, jobs = await _call(store, [], "first ")
    times = []
    for number in range(CALLS):
        seconds, jobs = await _call(store, _handed_back(store, jobs), f"step-{number} ")
        times.append(seconds)
    await store.write(_handed_back(store, jobs))
    return times


async def _call(store: Store, changes: Sequence[Change], nonce: str) -> tuple[float, list[Job]]:
    """The worker's own call, timed; the jobs as they are once they are claimed."""
    request = ClaimRequest(
        worker=WORKER,
        place=WORKER,
        nonce=nonce,
        lease=LEASE,
        loop_types=("noop",),
        child_types=(),
        slots=BATCH,
        children=0,
    )
    began = time.perf_counter()
    _, claims = await store.write_and_claim(changes, request)
    return time.perf_counter() - began, [lifecycle.claim(job, WORKER, claims.now) for job in claims.jobs]


def _handed_back(store: Store, jobs: Sequence[Job]) -> list[Change]:
    return [Change(job, lifecycle.hand_back(job, store.now())) for job in jobs]


def _mean_ms(seconds: Sequence[float]) -> float:
    return 1000 * sum(seconds) / len(seconds)


def _url(server: Server, level: int) -> str:
    return f"redis://127.0.0.1:{server.port}/{LEVELS.index(level)}"


def long_queues(bench: Bench) -> Iterator[Sample]:
    """Three queues in three databases, claimed from in turn."""
    with valkey(durable=False) as server:
        for level in LEVELS:
            bench.say(f"submitting {level:,} jobs")
            asyncio.run(submit(_url(server, level), level))
        for _ in range(bench.rounds):
            for level in LEVELS:
                yield from asyncio.run(claim(_url(server, level), level))


CLAIMS = Part(
    "claim",
    "Claiming from a long queue",
    "The worker's own call, in this process, to the store and back. The jobs are handed back, so that the queue stays "
    "as long as it is.",
    long_queues,
)
