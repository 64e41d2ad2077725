from shared.file_settings import FileSettings
from shared.store import Store, counts
from shared.store.counts import WINDOWS
from worker_service.maintenance import STORE, cron_jobs, sample_depths


async def test_a_sample_of_the_depths_is_due_once_a_minute(store: Store) -> None:
    (job,) = [job for job in cron_jobs(FileSettings()) if job.coroutine is sample_depths]
    assert (job.second, job.minute, job.unique) == (0, None, True)
    assert await sample_depths({STORE: store}) == 0
    points = await counts.read(store.link, "default", WINDOWS["day"])
    assert [point.depth for point in points if point.depth is not None] == [0]


async def test_a_minute_in_which_the_store_is_away_has_no_sample() -> None:
    away = Store.connect("redis://127.0.0.1:1")
    assert await sample_depths({STORE: away}) == 0
    await away.close()
