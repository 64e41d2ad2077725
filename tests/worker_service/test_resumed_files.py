"""A worker is killed in the middle of a large file: another one goes on from the checkpoint, to the same end."""

import asyncio
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from msgspec import Raw

from shared import codec
from shared.files import FileStore
from shared.job import Job, Outcome
from shared.store import Store, keys
from tests.processes import Fleet
from tests.waiting import until
from tests.worker_service.engine.observing import RECOVERY, alive, finished
from worker_service.processors.data_enrichment import enrich
from worker_service.processors.testing import Rehearsal

RECORDS = 20_000
RULES = [{"field": "ip", "with": "ip"}, {"field": "note", "with": "text"}]


def _records() -> bytes:
    rows = (f"10.{n // 65536}.{n // 256 % 256}.{n % 256},note {n}\n" for n in range(RECORDS))
    return b"ip,note\n" + "".join(rows).encode()


def _told(redis: Any, job: Job, kind: str) -> list[str]:
    """All messages of that kind in the events of a job, the oldest first."""
    lines = [line for _, event in redis.xrange(keys.EVENTS) for line in event[b"events"].splitlines()]
    events = [event for event in map(json.loads, lines) if event[:2] == [job.id, kind]]
    return [event[-1]["message"] for event in events]


def _number(message: str) -> int:
    return int(re.sub(r"\D", "", message))


async def _some_way(redis: Any, job: Job) -> Any:
    async def look() -> Any:
        state = json.loads(redis.get(keys.CHECKPOINT + job.id) or "null")
        return state if state and len(state["parts"]) > 2 else None

    return await until(look, "a third checkpoint")


async def _without_parts(redis: Any) -> None:
    async def look() -> bool:
        return not redis.exists(keys.PARTS)

    await until(look, "the end of the parts")


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return tmp_path / "data" / "files"


async def test_the_records_of_a_killed_workers_file_are_gone_on_with_and_come_out_the_same(
    store: Store, processes: Fleet, new_job: Callable[..., Job], redis: Any, directory: Path
) -> None:
    files = FileStore(directory.as_uri())
    payload = {"file": {"fileId": files.save(_records(), "text/csv").file_id, "output": "csv"}, "enrich": RULES}
    job = new_job(now=store.now(), type="data-enrichment", payload=Raw(json.dumps(payload).encode()), timeout=120.0)
    victim = processes.start(DMPS_CHECKPOINT_EVERY="0")
    await alive(store, victim)
    await store.submit([job])
    reached = (await _some_way(redis, job))["at"]["state"]["read"]
    victim.kill()
    await alive(store, processes.start(DMPS_CHECKPOINT_EVERY="0.1"))
    done = await finished(store, job, RECOVERY + 20.0)
    assert [attempt.outcome for attempt in done.attempts] == [Outcome.LOST, Outcome.COMPLETED]
    assert reached <= _number(_told(redis, job, "log")[0]) < RECORDS
    assert_begins_once(list(map(_number, _told(redis, job, "progress")[:-1])), _number(_told(redis, job, "log")[0]))

    expected = await asyncio.to_thread(Rehearsal(enrich, directory).run, payload)
    result = codec.decode(done.result)
    assert result["report"] == expected["report"]
    assert files.read(result["file"]["fileId"]) == files.read(expected["file"]["fileId"])
    await _without_parts(redis)
    assert _stored(directory) in {3, 4}  # the source, the two results; maybe a part that was saved as the worker died


def _stored(directory: Path) -> int:
    return len(list(directory.rglob("*.json")))


def assert_begins_once(counts: list[int], after: int) -> None:
    """They grow, but where the second attempt begins, after so many, if the first got further than its checkpoint."""
    back = [place for place in range(1, len(counts)) if counts[place] <= counts[place - 1]]
    assert len(back) <= 1
    assert all(counts[place] > after for place in back)
    assert counts[-1] > after
