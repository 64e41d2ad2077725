from pathlib import Path

import pytest
from arq.cron import CronJob

from shared.file_settings import FileSettings
from shared.files import FileStore
from shared.store import Store, counts
from shared.store.counts import WINDOWS
from worker_service.maintenance import FILES, SETTINGS, STORE, cron_jobs, sample_depths


async def test_a_sample_of_the_depths_is_due_once_a_minute(store: Store) -> None:
    (job,) = [job for job in cron_jobs(FileSettings()) if job.coroutine is sample_depths]
    assert (job.second, job.minute, job.unique) == (0, None, True)
    assert await sample_depths({STORE: store}) == 0
    points = await counts.read(store.link, "default", WINDOWS["day"])
    assert [point.depth for point in points if point.depth is not None] == [0]


@pytest.mark.parametrize("job", cron_jobs(FileSettings()), ids=lambda job: job.coroutine.__name__)
async def test_while_the_store_is_away_nothing_is_done_and_that_is_no_error(job: CronJob, tmp_path: Path) -> None:
    away = Store.connect("redis://127.0.0.1:1")
    files = FileStore(tmp_path.as_uri())
    assert await job.coroutine({STORE: away, FILES: files, SETTINGS: FileSettings(keep=60.0)}) == 0
    await away.close()
