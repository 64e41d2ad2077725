"""Large results, and jobs whose time is over, under a real worker."""

from pathlib import Path
from typing import Any

import pytest

from shared.files import FileStore
from shared.job import NOTHING, Status
from shared.store import Store, keys
from tests.processes import Fleet
from tests.waiting import until
from tests.worker_service.engine.observing import Submit, finished


def stored(tmp_path: Path) -> FileStore:
    return FileStore((tmp_path / "data" / "files").as_uri())


@pytest.mark.parametrize("type", ["scripted", "scripted-child"])
@pytest.mark.usefixtures("shared_worker")
async def test_a_large_result_becomes_a_file(store: Store, submit: Submit, tmp_path: Path, type: str) -> None:
    job = await submit({"do": "return", "value": "x" * 300_000}, type=type)
    done = await finished(store, job)
    assert (done.status, done.result) == (Status.COMPLETED, NOTHING)
    assert done.result_file is not None
    assert stored(tmp_path).read(done.result_file.file_id) == b'"' + b"x" * 300_000 + b'"'
    assert done.result_file.bytes == 300_002


@pytest.mark.usefixtures("shared_worker")
async def test_a_result_of_256_kib_stays_in_the_record(store: Store, submit: Submit) -> None:
    done = await finished(store, await submit({"do": "return", "value": "x" * (256 * 1024 - 2)}))
    assert done.result_file is None
    assert len(bytes(done.result)) == 256 * 1024


@pytest.mark.usefixtures("shared_worker")
async def test_a_job_and_the_file_of_its_result_go_by_themselves(
    store: Store, submit: Submit, redis: Any, tmp_path: Path
) -> None:
    job = await submit({"do": "return", "value": "x" * 300_000}, keep_for=0.5)

    async def gone() -> bool:
        return not redis.exists(keys.JOB + job.id)

    await until(gone, "the job is removed")
    assert list((tmp_path / "data" / "files" / "default" / "results").iterdir()) == []
    assert list((tmp_path / "data" / "files" / "default" / "content").iterdir()) == []


@pytest.mark.usefixtures("processes")
async def test_an_attempt_fails_whose_result_cannot_be_written(
    store: Store, submit: Submit, processes: Fleet, tmp_path: Path
) -> None:
    (tmp_path / "full").write_bytes(b"")
    processes.start(DMPS_DATA_DIR=str(tmp_path / "full"))
    job = await submit({"do": "return", "value": "x" * 300_000}, max_attempts=1)
    done = await finished(store, job)
    assert done.status is Status.FAILED
    assert done.error is not None
    assert (done.error.code, done.error.type) == ("exception", "StoreUnavailable")
