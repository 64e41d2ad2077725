"""Try a processor with no worker and no store: a `Rehearsal` gives it its context, and keeps what it tells.

def test_words_are_counted(tmp_path: Path) -> None:
    assert Rehearsal(word_count, tmp_path).run({"text": "to be or not to be"}) == {"words": 6}
"""

import asyncio
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
from marshmallow import RAISE
from msgspec import Raw

from shared.files import FileStore
from shared.job import JobError
from worker_service import work
from worker_service.processors import JobContext, Processor
from worker_service.work import NO_CHILDREN


class Crash(BaseException):
    """Ends a rehearsed attempt as if its worker had been killed, except that `finally` is still run."""


class Rehearsal:
    """Runs attempts of one job, one after the other, with files under a directory.

    `configured` is what a worker's operator set for processors, such as `geoip="/srv/city.mmdb"`.
    """

    def __init__(self, processor: Processor, directory: Path, **configured: str) -> None:
        self.files = FileStore(directory.as_uri())
        self.progress: list[tuple[float, str]] = []  # per cent, message
        self.log: list[str] = []
        self.states: list[Any] = []  # of the checkpoints; the next attempt finds the last one
        self.parts: list[str] = []  # the files of the last one
        self.attempts = 0
        self._processor = processor
        self._configured = configured
        self._last = Raw(b"null")
        self._until: int | None = None
        self._cancelled = threading.Event()

    def run(
        self,
        payload: Mapping[str, Any],
        *,
        crash_after: int | None = None,
        children: Mapping[str, Any] | None = None,
        failed_children: Mapping[str, JobError] | None = None,
    ) -> Any:  # noqa: ANN401 - any JSON value
        """One attempt: the payload as it stands on the wire; the result as `json.loads` would have it.

        Where an event loop runs, call it in a thread (`asyncio.to_thread`).

        Raises `marshmallow.ValidationError` for a payload that does not fit, whatever the processor raises,
        `AssertionError` for a result that is not as the job type says, and `Crash` after so many checkpoints.
        """
        self.attempts += 1
        self._until = None if crash_after is None else len(self.states) + crash_after
        job_type = self._processor.job_type
        job = JobContext(
            id="rehearsal",
            type=job_type.name,
            attempt=self.attempts,
            files=self.files,
            children=children or {},
            failed_children=failed_children or {},
            emit=self._hear,
            is_cancelled=self._cancelled.is_set,
            configured=self._configured,
        )
        loaded = job_type.load_payload(payload)
        answer = self._processor(work.told(job, NO_CHILDREN, self._last), loaded)
        return self._checked(asyncio.run(answer) if self._processor.runs_on_loop else answer)

    def cancel(self) -> None:
        """From now on `job.cancelled` is true. A coroutine does not end by that: its task is cancelled elsewhere."""
        self._cancelled.set()

    def _hear(self, told: Mapping[str, Any]) -> None:
        if "log" in told:
            self.log.append(told["log"])
        elif "checkpoint" in told:
            self._keep(told)
        else:
            self.progress.append((told["percent"], told["message"]))

    def _keep(self, told: Mapping[str, Any]) -> None:
        self._last = Raw(told["checkpoint"].encode())
        self.states.append(msgspec.json.decode(self._last))
        self.parts = told["parts"]
        if len(self.states) == self._until:
            raise Crash

    def _checked(self, answer: Any) -> Any:  # noqa: ANN401 - any JSON value
        result = msgspec.json.decode(work.dump(answer))
        described = self._processor.job_type.result
        wrong = described(unknown=RAISE).validate(result) if described else None
        if wrong:
            raise AssertionError(f"The result is not as the job type says: {wrong}")
        return result
