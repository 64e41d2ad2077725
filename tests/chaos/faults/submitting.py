"""Jobs that go to the store without the API: very many, or again and again over a link that breaks."""

import secrets
import time
from pathlib import Path
from typing import Any

from msgspec import Raw
from msgspec.json import encode

from shared import lifecycle
from shared.errors import StoreUnavailable
from shared.ids import Ids
from shared.job import DEFAULT_TENANT, Job, Status
from shared.store import Store
from tests.chaos.load import Answers

AT_ONCE = 5_000
_IDS = Ids(secrets.randbits)


def new_job(now: int, steps: list[dict[str, Any]], ledger: Path | str, type: str = "chaos") -> Job:
    """A job as the API would make it."""
    return lifecycle.submit(
        id=_IDS.next(now),
        type=type,
        payload=Raw(encode({"attempts": steps, "ledger": str(ledger)})),
        now=now,
        tenant=DEFAULT_TENANT,
        max_attempts=3,
        timeout=30.0,
    )


async def submit_many(store: Store, count: int, steps: list[dict[str, Any]], ledger: Path | str = "") -> list[str]:
    """Submit so many of the same. Answers their ids."""
    ids: list[str] = []
    while len(ids) < count:
        jobs = [new_job(store.now(), steps, ledger) for _ in range(min(AT_ONCE, count - len(ids)))]
        await store.submit(jobs)
        ids += [job.id for job in jobs]
    return ids


async def insist(store: Store, job: Job, answers: Answers) -> int:
    """Submit the same job until it is acknowledged, as a caller without a reply must. Answers how often it took."""
    tries = 1
    while True:
        try:
            await store.submit([job])
        except StoreUnavailable:
            tries += 1
        else:
            acknowledge(answers, job.id)
            return tries


def acknowledge(answers: Answers, *job_ids: str) -> None:
    """These were accepted."""
    now = time.monotonic()
    answers.acknowledged |= dict.fromkeys(job_ids, now)
    answers.expected |= dict.fromkeys(job_ids, Status.COMPLETED)
