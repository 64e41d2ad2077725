"""The watch: looks at the records of acknowledged jobs again and again, and checks how they move."""

import asyncio
import hashlib
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Self

from aiohttp import ClientError
from redis.exceptions import RedisError

from shared.codec import decode_job
from shared.job import FINISHED, Job
from shared.store import keys
from tests.chaos.invariants import moved
from tests.chaos.load import Answers
from tests.chaos.system import System

EVERY = 0.15  # seconds
CHUNK = 500  # records in one call
MOST_TAGS = 50  # jobs whose ETag is kept


class Watch:
    """While it is entered, it looks. A finished record is kept as it was first seen, and compared at the end."""

    def __init__(self, system: System, answers: Answers) -> None:
        self.violations: list[str] = []
        self.jobs: dict[str, Job] = {}  # as last seen
        self._final: dict[str, bytes] = {}  # digests of finished records
        self._tags: dict[str, str] = {}
        self._system = system
        self._answers = answers
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._watch())
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def unfinished(self) -> list[str]:
        """The acknowledged jobs that were not yet seen finished."""
        return [job_id for job_id in self._answers.acknowledged if job_id not in self._final]

    def saw_the_end(self, job_ids: Iterable[str]) -> bool:
        """Whether all of these were seen finished."""
        return all(job_id in self._final for job_id in job_ids)

    async def look(self, job_ids: Sequence[str]) -> None:
        """Look at these jobs now."""
        for start in range(0, len(job_ids), CHUNK):
            chunk = job_ids[start : start + CHUNK]
            records = await self._system.redis.mget([keys.JOB + job_id for job_id in chunk])
            for job_id, record in zip(chunk, records, strict=True):
                await self._seen(job_id, record)

    async def confirm(self) -> int:
        """Look at all finished records once more. Answers how many have changed, which none may."""
        before = len(self.violations)
        await self.look(list(self._final))
        for job_id, tag in list(self._tags.items()):  # the watch goes on meanwhile
            if (now := await self._tag(job_id)) != tag:
                self.violations.append(f"{job_id}: the ETag of its finished body changed from {tag} to {now}.")
        return len(self.violations) - before

    async def _watch(self) -> None:
        while True:
            with suppress(RedisError, OSError, TimeoutError):  # the store is away: that is the point
                await self.look(self.unfinished())
            await asyncio.sleep(EVERY)

    async def _seen(self, job_id: str, record: bytes | None) -> None:
        if record is None:
            if job_id in self._final:
                self.violations.append(f"{job_id}: its finished record has gone.")
            return
        job, digest = decode_job(record), hashlib.sha256(record).digest()
        if self._final.get(job_id, digest) != digest:
            self.violations.append(f"{job_id}: its finished record was written over ({job.status}, rev {job.rev}).")
        if job_id in self.jobs:
            self.violations += moved(self.jobs[job_id], job)
        self.jobs[job_id] = job
        if job.status in FINISHED and job_id not in self._final:
            self._final[job_id] = digest
            if len(self._tags) < MOST_TAGS and (tag := await self._tag(job_id)):
                self._tags[job_id] = tag

    async def _tag(self, job_id: str) -> str | None:
        try:
            async with self._system.http.get(f"/api/jobs/{job_id}") as response:
                return response.headers.get("ETag") if response.status == 200 else None
        except (ClientError, TimeoutError):
            return None
