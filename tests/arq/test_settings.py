"""arq settings of a user, beside ours: all that arq documents is taken, and works."""

import asyncio
import inspect
from typing import Any

import arq.worker
import pytest
from arq import ArqRedis
from arq.worker import Worker, get_kwargs

from shared.store import Store
from tests.arq.client import enqueue, noted, notes, result
from tests.arq.conftest import Start
from worker_service import worker_settings
from worker_service.engine.worker import JobWorker

OURS = {"functions", "on_startup", "on_shutdown"}  # settings that we add something to
DEFAULTS = {"redis_settings", "job_serializer", "job_deserializer", "health_check_interval"}


async def work(ctx: dict[str, Any]) -> None:
    pass


@pytest.fixture(autouse=True)
def _unbound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arq.worker, "Worker", Worker)  # put back at the end


def test_our_worker_takes_what_arqs_takes() -> None:
    assert inspect.signature(JobWorker) == inspect.signature(Worker)


@pytest.mark.parametrize("kind", ["class", "dict"])
def test_every_setting_of_arqs_is_passed_on(kind: str) -> None:
    yours = {name: object() for name in inspect.signature(Worker).parameters if name not in OURS}
    facts = get_kwargs(worker_settings(type("Yours", (), yours) if kind == "class" else yours))
    assert {name: value for name, value in facts.items() if name not in OURS} == yours


def test_without_settings_of_yours_there_are_arqs_own_defaults_but_for_the_store_and_json() -> None:
    assert get_kwargs(worker_settings()).keys() == OURS | DEFAULTS


async def test_your_functions_come_first_and_ours_is_one_more() -> None:
    made = JobWorker(**{**get_kwargs(worker_settings({"functions": [work]})), "handle_signals": False})  # type: ignore[arg-type]
    assert list(made.functions) == ["work", "dmps"]


async def test_the_ctx_is_yours(client: ArqRedis, start: Start) -> None:
    start()
    assert await result(await enqueue(client, "seen")) == ["mine", "mine", "mine"]


async def test_hooks_are_called_for_your_jobs_and_for_no_other(client: ArqRedis, start: Start) -> None:
    start("Watched")
    await result(await enqueue(client, "add", 1, _job_id="mine"))
    await noted(client, "after_job_end")
    all_notes = await notes(client)
    assert [note for note in all_notes if note.endswith(" mine")] == [
        "on_job_start mine",
        "on_job_end mine",
        "after_job_end mine",
    ]
    assert not [note for note in all_notes if "dmps" in note]


async def test_a_cron_job_runs_once_each_time_whatever_the_number_of_workers(client: ArqRedis, start: Start) -> None:
    for _ in range(2):
        start("Watched")
    ticks = await noted(client, "tick", 4)
    assert len(set(ticks)) == len(ticks)
    assert ticks[0].startswith("tick cron:tick:")


async def test_a_worker_whose_hooks_fail_at_its_start_and_end_ends_in_good_order(start: Start, store: Store) -> None:
    assert await asyncio.to_thread(start("Broken").wait, 30) == 1
    assert await store.workers() == []
