import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from msgspec import Raw

from shared.job import Job
from shared.store import Store
from tests.processes import Fleet
from tests.worker_service.engine.observing import Submit, alive


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    return tmp_path / "ledger"


@pytest.fixture
def submit(store: Store, new_job: Callable[..., Job], ledger: Path) -> Submit:
    async def send(*attempts: dict[str, Any], type: str = "scripted", **facts: Any) -> Job:
        payload = Raw(json.dumps({"attempts": attempts, "ledger": str(ledger)}).encode())
        job = new_job(now=store.now(), type=type, payload=payload, **facts)
        await store.submit([job])
        return job

    return send


@pytest.fixture
async def shared_worker(store: Store, processes: Fleet) -> Fleet:
    await alive(store, processes.start())
    return processes
