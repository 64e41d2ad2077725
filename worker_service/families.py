"""Jobs that wait for others: what their children came to, before they run; and the children that they add."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

import structlog
from marshmallow import ValidationError
from msgspec import Raw

from shared import codec, lifecycle
from shared.address_gate import AddressGate, UrlRefused, check_url
from shared.errors import IllegalTransition, JobNotFound
from shared.files import FileStore
from shared.ids import derived
from shared.job import FINISHED, Job, JobError, OnChildFailure, ResultFile, Status
from shared.job_types import JobType
from shared.schemas.options import OptionsSchema
from shared.store import Store, families
from shared.submission import new_job
from worker_service.failures import Added, AttemptFailed, Failure
from worker_service.insisting import insist
from worker_service.runner import Ending
from worker_service.work import Outcomes

MOST_RESULTS = 32 * 1024 * 1024  # bytes of JSON, of all children of a job together
A_TURN = 50  # children that are checked before others get their turn
_OPTIONS = OptionsSchema()
GONE = JobError("gone", "The job was removed before it was asked what it came to.")

log = structlog.get_logger(__name__)


@dataclass
class _Found:
    """What the children of a job came to. Of their records, which may be large, no more is kept."""

    is_any_open: bool = False
    failed: dict[str, JobError] = field(default_factory=dict)
    results: dict[str, Raw] = field(default_factory=dict)
    files: dict[str, ResultFile] = field(default_factory=dict)  # results that are to be read; until then, nothing
    bytes: int = 0

    def note(self, id: str, child: families.Came | None) -> None:
        if child is None:
            self.failed[id] = GONE
        elif child.status is Status.COMPLETED:
            self._keep(id, child)
        elif child.status in FINISHED:
            self.failed[id] = child.error or GONE
        else:
            self.is_any_open = True

    def _keep(self, id: str, child: families.Came) -> None:
        self.results[id] = child.result.copy()
        if child.result_file is not None:
            self.files[id] = child.result_file
        self.bytes += child.result_file.bytes if child.result_file else len(memoryview(child.result))
        if self.bytes > MOST_RESULTS:
            text = f"The results of its children take more than {MOST_RESULTS:,} bytes. Let them save files."
            raise AttemptFailed(Failure(JobError("children_too_large", text), final=True))


@dataclass(frozen=True)
class Families:
    """Asks the store about them. While it is away, they wait. `gate`: where callbacks may go, if any can be signed."""

    store: Store
    files: FileStore
    job_types: Mapping[str, JobType]
    gate: AddressGate | None = None

    async def look(self, job: Job) -> Outcomes | Ending:
        """What a claimed job's children came to; or how it goes on without running now."""
        found = await self._find(job)
        if found.failed and not _may_run(job):
            return _child_failed(*next(iter(found.failed.items())))
        if found.is_any_open:
            return lifecycle.wait
        if found.failed and job.on_child_failure is OnChildFailure.RETRY:
            return await self._retry(job, found.failed)
        for id, file in found.files.items():
            found.results[id] = await self._read(job, file)
        return Outcomes(found.results, found.failed if job.on_child_failure is OnChildFailure.CONTINUE else {})

    async def add(self, job: Job, added: Sequence[Added]) -> Ending:
        """More children, for which it waits. Raises `AttemptFailed` for one that cannot be."""
        if job.child_count + len(added) > lifecycle.MOST_CHILDREN:
            raise _refused(f"A job may have at most {lifecycle.MOST_CHILDREN:,} children.")
        began = lifecycle.began_to_add(job)
        children = []
        for index, each in enumerate(added):
            children.append(self._child(job, began, index, each))
            if index % A_TURN == 0:
                await asyncio.sleep(0)
        await insist(lambda: families.expect(self.store.link, job))
        await insist(lambda: self.store.submit(children))
        return partial(lifecycle.wait, added=len(children))

    def _child(self, job: Job, began: int, index: int, added: Added) -> Job:
        """A child of the same id, whenever the same attempt is made again."""
        job_type = self.job_types.get(added.type)
        if job_type is None:
            raise _refused(f"Child {index}: there is no job type {added.type!r}.")
        options = codec.decode(added.options)
        try:
            job_type.load_payload(codec.decode(added.payload))
            asked = _OPTIONS.load(options)
        except ValidationError as error:
            raise _refused(f"Child {index}: {error.messages}") from error
        if asked.dedup is not None:
            raise _refused(f"Child {index}: a job that another one waits for has no dedup.")
        if asked.callback_url is not None and (why := self._no_callback(asked.callback_url)):
            raise _refused(f"Child {index}: callbackUrl: {why}")
        facts = (job.id.encode(), str(job.waits).encode(), added.type.encode(), bytes(added.payload))
        return new_job(
            job_type,
            asked,
            added.payload,
            id=derived(began, index, *facts, bytes(added.options)),
            now=began,
            tenant=job.tenant,
            metadata=Raw(codec.encode(options.get("metadata"))),
            request_id=job.request_id,
            traceparent=job.traceparent,
            parent_id=job.id,
        )

    def _no_callback(self, url: str) -> str:
        """Why nothing is told there, as the API would say at submission; else nothing."""
        if self.gate is None:
            return "No callbacks are sent here: the operator has set no DMPS_WEBHOOK_SECRET to sign them with."
        try:
            check_url(url, self.gate)
        except UrlRefused as error:
            return str(error)
        return ""

    async def _find(self, job: Job) -> _Found:
        """While the store gathers some, those before are read."""
        found, start, most = _Found(), 0, families.MOST_RECORDS
        asked = self._ask(job, start, most)
        try:
            while part := await asked:
                start, most = start + most, families.most_at_once(part)
                asked = self._ask(job, start, most)
                await asyncio.sleep(0)  # so that it is asked
                for id, child in families.read_came(job.tenant, part):
                    found.note(id, child)
        finally:
            asked.cancel()
        return found

    def _ask(self, job: Job, start: int, most: int) -> asyncio.Task[list[bytes]]:
        call = partial(families.came, self.store.link, job.tenant, job.id, start, most)
        return asyncio.create_task(insist(call))

    async def _retry(self, job: Job, failed: Iterable[str]) -> Ending:
        """They get all their attempts again. Whoever has retried one meanwhile did the same."""
        for child in failed:
            retry = partial(lifecycle.retry, now=self.store.now())
            try:
                await insist(partial(self.store.change, job.tenant, child, retry))
            except (IllegalTransition, JobNotFound):
                log.info("a child was not retried", job=job.id, child=child)
        return partial(lifecycle.wait, is_failure=True)

    async def _read(self, job: Job, result: ResultFile) -> Raw:
        return Raw(await insist(lambda: self.files.of(job.tenant).read_async(result.file_id)))


def _refused(why: str) -> AttemptFailed:
    return AttemptFailed(Failure(JobError("invalid_child", codec.clean(f"A child cannot be added. {why}")), final=True))


def _may_run(job: Job) -> bool:
    """Whether a job goes on though a child has failed."""
    if job.on_child_failure is OnChildFailure.RETRY:
        return job.failures + 1 < job.max_attempts
    return job.on_child_failure is not OnChildFailure.FAIL


def _child_failed(id: str, error: JobError) -> Ending:
    message = f"The job waited for {id}, which did not complete: {error.message}"
    return partial(lifecycle.give_up, error=JobError("child_failed", message))
