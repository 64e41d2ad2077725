"""What a job may use: real children, and jobs that want more. Without a worker and without a store."""

import asyncio
import gc
import json
import os
from collections.abc import AsyncIterator, Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from msgspec import Raw

from shared import lifecycle
from shared.errors import Misconfigured
from shared.files import FileStore
from shared.job import Job
from shared.limits import Limits, checked
from shared.settings import read_settings
from tests.hostile.job_types import HOSTILE
from tests.hostile.processors import LIMITS, hostile, innocent
from tests.waiting import until
from tests.worker_service.engine.observing import runs
from worker_service import process_tree, runner
from worker_service.failures import AttemptFailed
from worker_service.isolation import Children
from worker_service.processors import JobContext, Processor, processes

MiB = 1024 * 1024
NOW = 1_700_000_000_000
MEMORY = 800 * MiB

Do = Callable[..., Coroutine[Any, Any, Any]]

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def crew(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Children]:
    """Two of them, for all tests: a child takes a second to start."""
    started = Children(2, lambda: None)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DMPS_PLUGINS", "tests.hostile")
        patch.setenv("DMPS_DATA_DIR", str(tmp_path_factory.mktemp("data")))
        patch.setenv("DMPS_CHILD_MEMORY", str(MEMORY))
        started.start()
        yield started
        await started.close()


@pytest_asyncio.fixture(loop_scope="module")
async def children(crew: Children) -> Children:
    """Both are ready, whatever became of them before."""
    await complete(crew)
    return crew


async def complete(children: Children) -> None:
    async def all_there() -> bool:
        return children.complete

    await until(all_there, "two children")


def seccomp(pid: int) -> str:
    """0 without, 2 with a filter (proc(5))."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(line.split()[1] for line in lines if line.startswith("Seccomp:"))


@pytest.fixture
def do(children: Children, new_job: Callable[..., Job], tmp_path: Path) -> Do:
    """Has a job done; answers its result."""

    async def perform(what: str, processor: Processor = hostile, **facts: Any) -> Any:
        payload = {"do": what, "pid_file": str(tmp_path / "pids"), "bytes": facts.pop("bytes", 0)}
        raw = Raw(json.dumps(payload).encode())
        job = lifecycle.claim(new_job(now=NOW, type=processor.job_type.name, payload=raw, **facts), "w", NOW)
        context = JobContext(id=job.id, type=job.type, attempt=1, files=FileStore(tmp_path.as_uri()))
        return json.loads(await children.perform(runner.Attempt(job, processor, context)))

    return perform


async def all_gone(tmp_path: Path) -> list[int]:
    """The processes that noted who they are, once none of them runs any more."""
    pids = [int(line) for line in (tmp_path / "pids").read_text().splitlines()]

    async def gone() -> bool:
        return not any(map(runs, pids))

    await until(gone, "the end of all processes of the job")
    return pids


@pytest.mark.parametrize(
    ("what", "code", "words"),
    [
        ("spin", "cpu_limit", "processor time than its limit of 1 s"),
        ("spin_elsewhere", "cpu_limit", "processor time than its limit of 1 s"),
        ("hog", "memory_limit", "memory than its limit of 335,544,320 bytes"),
        ("hog_shared_memory", "memory_limit", "memory than its limit of 335,544,320 bytes"),
        ("abort", "memory_limit", "memory than its limit of 335,544,320 bytes"),
        ("open_many", "open_files_limit", "files than its limit of 64"),
        ("flood", "output_limit", "stdout and stderr than its limit of 262,144 bytes"),
        ("bomb", "processes_limit", "processes than its limit of 2"),
        ("segfault", "crashed", "signal SIGSEGV"),
        ("leave", "crashed", "exit status 7"),
        ("kill_group", "crashed", "signal SIGKILL, which the system sends when its memory runs out"),
        ("kill_warden", "crashed", "together with its warden"),
    ],
)
async def test_a_job_that_wants_too_much_fails_by_the_limit_that_it_met(
    children: Children, do: Do, what: str, code: str, words: str
) -> None:
    job = asyncio.create_task(do(what))
    neighbours = [await do("pid", innocent) for _ in range(3)]
    with pytest.raises(AttemptFailed, match=words) as failed:
        await job
    assert failed.value.failure.error.code == code
    assert not failed.value.failure.final
    assert all(neighbours)
    await complete(children)


async def test_a_file_may_have_the_bytes_of_the_limit_and_no_more(do: Do) -> None:
    assert await do("write", bytes=MiB) == MiB
    with pytest.raises(AttemptFailed, match="a file beyond its limit of 1,048,576 bytes"):
        await do("write", bytes=MiB + 1)


async def test_limits_are_those_of_the_type_whatever_ran_in_the_child_before(children: Children, do: Do) -> None:
    usual = read_settings().child_limits
    for _ in range(2):
        memory, _, *files = await do("limits", timeout=3.0)
        assert [memory, *files] == [LIMITS.memory, LIMITS.file_size, LIMITS.open_files]
        memory, cpu, *files = await do("limits", innocent, timeout=3.0)
        assert [memory, *files] == [MEMORY, usual.file_size, usual.open_files]
        assert 3 * (os.cpu_count() or 1) <= cpu < 3 * (os.cpu_count() or 1) + 5
    assert children.complete


async def test_all_processes_of_a_bomb_end_though_each_got_away(do: Do, tmp_path: Path) -> None:
    with pytest.raises(AttemptFailed, match="more processes"):
        await do("bomb")
    assert await all_gone(tmp_path)


@pytest.mark.parametrize("what", ["leave_a_daemon", "leave_a_daemon_and_crash", "leave_a_daemon_and_wait"])
async def test_no_process_of_a_job_outlives_it(do: Do, tmp_path: Path, what: str) -> None:
    if what == "leave_a_daemon":
        await do(what)
    else:
        with pytest.raises(AttemptFailed):
            await do(what, timeout=1.0)
    assert len(await all_gone(tmp_path)) == 1


async def test_processes_that_have_ended_are_not_counted(do: Do) -> None:
    assert await do("start_one_by_one") > (LIMITS.processes or 0)


async def test_a_job_that_forks_and_returns_twice_has_one_result(do: Do) -> None:
    assert await do("return_twice") > 0
    assert await asyncio.gather(*(do("write", bytes=each) for each in range(6))) == list(range(6))


@pytest.mark.parametrize("turns", [1, 3, 6, 7, 30])
async def test_a_child_that_is_not_wanted_before_it_has_started_leaves_nothing(children: Children, turns: int) -> None:
    """A socket or a pipe that was not closed would be a warning, and so an error."""
    before = set(process_tree.below(os.getpid()))
    more = Children(1, lambda: None)
    more.start()
    for _ in range(turns):
        await asyncio.sleep(0)
    await more.close()
    gc.collect()
    assert not more._all
    assert children.complete
    assert set(process_tree.below(os.getpid())) <= before


async def test_children_of_types_that_may_start_nothing_cannot(
    children: Children, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert {seccomp(child.pid) for child in children._all} == {"0"}  # types here may: the warden counts
    monkeypatch.setenv("DMPS_PLUGINS", "")
    monkeypatch.setenv("DMPS_CHILD_PROCESSES", "0")
    ours = Children(1, lambda: None)
    ours.start()
    await complete(ours)
    assert {seccomp(child.pid) for child in ours._all} == {"2"}
    await ours.close()


async def test_a_limit_under_which_nothing_runs_is_refused() -> None:
    with pytest.raises(Misconfigured, match="at least 268,435,456, not 5"):
        checked(Limits(memory=5))


async def test_limits_are_refused_for_what_runs_on_the_loop_where_none_would_hold() -> None:
    async def on_the_loop(_: JobContext, __: dict[str, Any]) -> None:
        pass

    with pytest.raises(Misconfigured, match="async def"):
        processes(HOSTILE, limits=LIMITS)(on_the_loop)


async def test_the_operators_limits_hold_where_the_type_names_none() -> None:
    default = Limits(memory=MEMORY, cpu=None, file_size=1, open_files=100, processes=0, output=3)
    assert Limits(cpu=2.0, processes=4).over(default) == Limits(MEMORY, 2.0, 1, 100, 4, 3)
