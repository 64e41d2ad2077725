"""Power loss: what had not reached the disk is gone. And files that a failing disk has spoilt."""

import asyncio
import os
import re
import signal
import time
from collections.abc import Iterable
from pathlib import Path

from shared.errors import StoreUnavailable
from shared.store import keys
from tests.chaos.load import Load, brief
from tests.chaos.seeds import seeded
from tests.chaos.tools import NotRun, strace
from tests.chaos.trial import Trial
from tests.waiting import until

LATE = 0.6  # seconds after an fdatasync: by then something has been written, and the next is still to come
START = 5.0  # seconds in which a store with a torn tail answers
_CALL = re.compile(r"^(\d+) +(?:(write)\(.*|(fdatasync)\(.*|<\.\.\. (write|fdatasync) resumed>.*)$")
_UNFINISHED, _RESULT = "<unfinished ...>", re.compile(r"\)\s+= (-?\d+)")


class DiskWatch:
    """strace on the store: how long its append-only file was when an fdatasync began that has ended well."""

    def __init__(self, trial: Trial) -> None:
        self._store = trial.system.store
        self._trace = trial.system.directory / f"trace-{time.monotonic_ns()}"
        self.file = newest_aof(trial)

    async def attach(self) -> None:
        """Begin. Nothing must be written until this returns. Raises `NotRun`."""
        self._size = self.file.stat().st_size
        filters = ("-f", "-s", "0", "-e", "trace=write,fdatasync", "-P", str(self.file), "-p", str(self._store.pid))
        self._tracer = await asyncio.create_subprocess_exec(
            strace(), "-o", str(self._trace), *filters, stderr=asyncio.subprocess.PIPE
        )
        assert self._tracer.stderr is not None
        line = (await self._tracer.stderr.readline()).decode()
        if "attached" not in line:
            raise NotRun(f"strace may not look at the store: {line.strip()}")

    async def syncs(self) -> None:
        """Wait until one more fdatasync has ended."""
        before = self._durable()

        async def look() -> bool:
            return self._durable() > before

        await until(look, "an fdatasync")

    def _durable(self) -> int:
        return self._size + synced(self._trace.read_text().splitlines())

    async def cut(self) -> int:
        """After the store was killed: cut off what had not reached the disk. Answers how many bytes that were."""
        await self._tracer.wait()
        written = self.file.stat().st_size
        durable = self._durable()
        os.truncate(self.file, durable)
        return written - durable


def synced(trace: Iterable[str]) -> int:
    """From the lines of `strace -f`: the bytes written before the last fdatasync that ended well had begun."""
    written = durable = 0
    began: dict[str, int] = {}  # thread -> bytes written when its fdatasync began
    for line in trace:
        if (call := _CALL.match(line)) is None:
            continue
        thread, name = call[1], call[2] or call[3] or call[4]
        result = _RESULT.search(line)
        if name == "fdatasync" and call[3]:
            began[thread] = written
        if _UNFINISHED in line or result is None or int(result[1]) < 0:
            continue
        if name == "write":
            written += int(result[1])
        else:
            durable = max(durable, began.pop(thread, 0))
    return durable


async def lose_power(trial: Trial, *, rounds: int = 3) -> None:
    """F7."""
    await trial.start(2)
    chance, cut, back = seeded(7), 0, []
    async with trial.pressure(rate=200) as load:
        for _ in range(rounds):
            disk = await _attached(trial)
            await load.accepts(300)
            await asyncio.sleep(chance.uniform(0, 0.2))
            trial.system.store.kill()
            cut += await disk.cut()
            await trial.system.restart_store()
            back.append(time.monotonic())
            await load.accepts(20)
    trial.outcome.figures["bytes cut off"] = cut
    trial.expect_resume(*back)


async def lose_power_everysec(trial: Trial, *, least: int = 1) -> None:
    """F7-everysec: the same with `appendfsync everysec`, to see that the model loses what it should."""
    await trial.start(0)
    await trial.system.redis.config_set("appendfsync", "everysec")
    async with Load(trial.system.http, trial.system.ledger, rate=300, mix=brief) as load:
        disk = await _attached(trial)
        await load.accepts(300)
        await disk.syncs()
        await asyncio.sleep(LATE)
        trial.system.store.kill()
        died = time.monotonic()
    cut = await disk.cut()
    await trial.system.restart_store()
    acknowledged = load.answers.acknowledged
    here = await trial.system.redis.mget([keys.JOB + job_id for job_id in acknowledged])
    lost = [died - at for at, record in zip(acknowledged.values(), here, strict=True) if record is None]
    trial.outcome.figures |= {"acknowledged": len(acknowledged), "lost": len(lost), "bytes cut off": cut}
    trial.outcome.at_least("jobs lost, so the model bites", len(lost), least)
    trial.outcome.at_most("the oldest loss was acknowledged before the cut", max(lost, default=0.0), 2.5, " s")


async def tear(trial: Trial) -> None:
    """F8: a last write that was cut in the middle is dropped; a broken file is refused and left as it is."""
    workers = await trial.start(2)
    async with trial.pressure() as load:
        await load.accepts(100)
        trial.system.store.kill()
        file = newest_aof(trial)
        with file.open("ab") as tail:
            tail.write(b"*3\r\n$3\r\nSET\r\n$12\r\nhalf-a-re")
        began = time.monotonic()
        await trial.system.restart_store()
        trial.outcome.at_most("start with a torn tail", time.monotonic() - began, START, " s")
        await load.accepts(50)
        trial.system.store.kill()
        whole = file.read_bytes()
        spoilt = whole.replace(b"\r\n$", b"\r\n#", 1)
        file.write_bytes(spoilt)
        await _refuses(trial)
        trial.outcome.at_most("bytes of the broken file that changed", abs(len(file.read_bytes()) - len(spoilt)), 0)
        file.write_bytes(whole)
        await trial.system.restart_store()
    trial.expect_alive(*workers)


def newest_aof(trial: Trial) -> Path:
    """The append-only file that is written to."""
    return max(
        (trial.system.store.data_dir / "appendonlydir").glob("*.incr.aof"), key=lambda path: path.stat().st_mtime
    )


async def _attached(trial: Trial) -> DiskWatch:
    """Watch the store's disk from now on. The store stands still meanwhile, so that not a byte is missed."""
    store = trial.system.store
    store.send(signal.SIGSTOP)

    async def stopped() -> bool:
        return _state(store.pid) == "T"

    try:
        await until(stopped, "a store that stands still")
        disk = DiskWatch(trial)
        await disk.attach()
    finally:
        store.send(signal.SIGCONT)
    return disk


def _state(pid: int) -> str:
    """One letter (proc(5), stat)."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]


async def _refuses(trial: Trial) -> None:
    try:
        await trial.system.restart_store()
    except StoreUnavailable as error:
        clear = "Bad file format" in str(error) or "check-aof" in str(error)
        trial.outcome.at_least("the refusal names the broken file", int(clear), 1)
    else:
        trial.outcome.broken.append("A broken append-only file was loaded.")
    trial.system.store.kill()
