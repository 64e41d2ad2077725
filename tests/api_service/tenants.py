"""Things of a tenant, one of each kind, for tests of who may see and do what with them."""

from collections.abc import Awaitable, Callable
from typing import Any

from msgspec import Raw

from shared import lifecycle
from shared.files import FileStore
from shared.files.facts import Upload
from shared.job import Job, JobError
from shared.schedules import Step
from shared.settings import Settings
from shared.store import Store, schedules
from shared.store.bulks import ENDED, Action, Bulk, save
from shared.store.views import RunningJob
from shared.store.webhooks import add
from shared.webhooks import ENDS, Secret, Webhook
from tests.api_service.fleet import hear
from tests.shared.schedule_examples import schedule

OURS, THEIRS = "acme", "umbrella"
WORKER = "worker-1"

Things = Callable[[], Awaitable[dict[str, str]]]


def maker(store: Store, settings: Settings, new_job: Callable[..., Job], redis: Any) -> Things:
    """Makes things of ours, each new, and answers their ids."""
    files = FileStore(settings.files_url).of(OURS)

    async def made() -> dict[str, str]:
        now = store.now()
        job, done, failed = [new_job(tenant=OURS, now=now) for _ in range(3)]
        done = lifecycle.complete(lifecycle.claim(done, WORKER, now), Raw(b"1"), now)
        failed = lifecycle.reject(lifecycle.claim(failed, WORKER, now), now, JobError("rejected", "No."))
        await store.submit([job, done, failed])
        hear(store, redis, WORKER, jobs=(RunningJob(job.id, job.type, now, OURS),))
        stored = await files.save_async(b"content", "text/plain")
        upload = Upload(upload_id=files.new_id(), created_at=now)
        files.shelf.storage.begin(files.shelf.key("pending", upload.upload_id))
        files.shelf.keep_upload(upload)
        bulk = Bulk(rev=0, id=job.id, tenant=OURS, action=Action.RETRY, filter=Raw(b"{}"), created_at=now, after="")
        await save(store.link, bulk, ENDED)
        made_of = new_job(tenant=OURS, now=0)
        recurring = schedule(now, id=new_job(now=now).id, tenant=OURS, cron="0 * * * *", job=made_of)
        await schedules.save(store.link, Step(recurring))
        hook = Webhook(
            rev=0,
            id=done.id,
            tenant=OURS,
            url="https://a.org",
            events=ENDS,
            secrets=(Secret("whsec_"),),
            created_at=now,
        )
        await add(store.link, hook)
        return {
            "job": job.id,
            "done": done.id,
            "failed": failed.id,
            "file": stored.file_id,
            "upload": upload.upload_id,
            "bulk": bulk.id,
            "hook": hook.id,
            "schedule": recurring.id,
        }

    return made
