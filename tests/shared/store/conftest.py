import pytest

from shared.job import Job
from shared.store import Store
from tests.shared.store.claiming import MakeJob


@pytest.fixture
async def submitted(store: Store, new_job: MakeJob) -> Job:
    job = new_job(now=store.now(), tags=["blue", "a/b"])
    await store.submit([job])
    return job
