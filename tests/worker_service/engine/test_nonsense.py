"""A record that makes no sense costs its own job only."""

from msgspec import Raw

from shared.job import DEFAULT_TENANT, Status
from shared.names import is_tenant
from shared.store import Store
from tests.processes import Fleet
from tests.shared.store.claiming import MakeJob
from tests.waiting import until

PAYLOAD = Raw(b'{"attempts": [{"do": "return", "value": 1}], "ledger": ""}')


async def test_a_tenant_that_there_cannot_be_costs_its_own_job_only(
    store: Store, processes: Fleet, new_job: MakeJob
) -> None:
    strange = new_job(now=store.now(), type="scripted", tenant="bell", payload=PAYLOAD)
    good = new_job(now=store.now(), type="scripted", payload=PAYLOAD)
    assert not is_tenant(strange.tenant)
    await store.submit([strange, good])
    worker = processes.start()

    async def both_have_ended() -> bool:
        found = [(await store.view(job.tenant, job.id)).job.status for job in (strange, good)]
        return found == [Status.FAILED, Status.COMPLETED]

    await until(both_have_ended, "the end of both")
    assert (await store.view(DEFAULT_TENANT, good.id)).job.attempts
    assert worker.poll() is None
