"""A table larger than the memory that DuckDB may use, in a real child process with its limit of 1 GiB."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from msgspec import Raw

from shared import lifecycle
from shared.files import FileStore
from shared.job import Job
from tests.worker_service.processors.file_processing.tables.conftest import step
from worker_service import runner
from worker_service.isolation import Children
from worker_service.processors import JobContext
from worker_service.processors.file_processing import file_processing
from worker_service.processors.file_processing.tables.engine import MEMORY

NOW = 1_700_000_000_000
ROWS = 3_300_000


def large(path: Path) -> Path:
    """A CSV in no order, larger than what DuckDB may use."""
    with path.open("w") as file:
        file.write("number,text\n")
        for number in range(ROWS):
            file.write(f"{number * 7_919 % ROWS},{'some words that take room and more ' * 2}{number % 1000}\n")
    return path


@pytest.fixture
async def children(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    monkeypatch.setenv("DMPS_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("DMPS_CHILD_MEMORY", str(2**30))
    changed = asyncio.Event()
    started = Children(1, changed.set)
    started.start()
    await complete(started, changed)
    yield started
    await complete(started, changed)  # a child with which a job was too free is replaced
    await started.close()


async def complete(children: Children, changed: asyncio.Event) -> None:
    while not children.complete:
        await changed.wait()
        changed.clear()


async def test_a_table_larger_than_memory_is_sorted_within_a_childs_limit(
    children: Children, new_job: Callable[..., Job], tmp_path: Path
) -> None:
    files = FileStore((tmp_path / "files").as_uri())
    source = large(tmp_path / "large.csv")
    assert source.stat().st_size > MEMORY
    stored = files.save(source, "text/csv")
    steps = [step("sort", by=[{"column": "number"}]), step("writeTable", format="parquet"), step("profile", top=1)]
    payload = Raw(json.dumps({"fileId": stored.file_id, "operations": steps}).encode())
    job = lifecycle.claim(new_job(now=NOW, type="file-processing", payload=payload, timeout=110.0), "w", NOW)
    told: list[Any] = []
    context = JobContext(id=job.id, type=job.type, attempt=1, files=files, emit=told.append)
    result = json.loads(await children.perform(runner.Attempt(job, file_processing, context)))
    assert (result["outputs"][0]["rows"], result["reports"][0]["rows"]) == (ROWS, ROWS)
    assert (result["reports"][0]["columns"][0]["min"], result["reports"][0]["columns"][0]["distinct"]) == (0, ROWS)
    assert {"write the table", "profile"} <= {word.get("message") for word in told}
