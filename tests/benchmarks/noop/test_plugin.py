from pathlib import Path

import pytest

from shared.discovery import job_types
from shared.files import FileStore
from worker_service.catalogue import processors
from worker_service.processors import JobContext

PLUGINS = ("benchmarks.noop",)


def test_both_services_find_the_jobs_that_do_nothing() -> None:
    assert {"noop", "noop-child", "stamp"} <= set(job_types(PLUGINS)) & set(processors(PLUGINS))
    assert processors(PLUGINS)["noop"].runs_on_loop
    assert not processors(PLUGINS)["noop-child"].runs_on_loop


async def test_a_stamp_tells_how_long_ago_the_job_was_submitted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stamps = tmp_path / "stamps"
    monkeypatch.setenv("BENCH_STAMPS", str(stamps))
    monkeypatch.setattr("benchmarks.noop.stamps.time.monotonic_ns", lambda: 1_500)
    stamp = processors(PLUGINS)["stamp"]
    context = JobContext(id="1", type="stamp", attempt=1, files=FileStore(tmp_path.as_uri()))
    for submitted_at in (1_000, 1_400):
        await stamp(context, stamp.job_type.load_payload({"submittedAt": submitted_at}))
    assert stamps.read_text() == "500\n100\n"
