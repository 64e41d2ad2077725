"""Jobs of ours, to run beside plain ones."""

import json
from collections.abc import Callable
from typing import Any

from msgspec import Raw

from shared.job import Job, Status
from shared.store import Store
from tests.waiting import until


def scripted(store: Store, new_job: Callable[..., Job], **step: Any) -> Job:
    payload = Raw(json.dumps({"attempts": [step]}).encode())
    return new_job(now=store.now(), type="scripted", payload=payload, timeout=60.0)


async def completed(store: Store, job: Job, within: float = 20) -> None:
    async def look() -> bool:
        return (await store.view(job.tenant, job.id)).job.status is Status.COMPLETED

    await until(look, "our job's end", within)
