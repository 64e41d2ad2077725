"""A process of ours: its lines, its end, and all that it started."""

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest

from deploy.dev.service import LONGEST_LINE, Service, Store, in_words
from shared.embedded import EmbeddedStore
from shared.errors import StoreUnavailable

STUBBORN = """
import signal, subprocess, sys
signal.signal(signal.SIGTERM, lambda *_: print("no", flush=True))
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
print(child.pid, flush=True)
while True: signal.pause()
"""


class Heard:
    """What a service said."""

    def __init__(self) -> None:
        self.lines: asyncio.Queue[str] = asyncio.Queue()

    def __call__(self, name: str, line: str) -> None:
        assert name == "tested"
        self.lines.put_nowait(line)

    def all(self) -> list[str]:
        return [self.lines.get_nowait() for _ in range(self.lines.qsize())]


def service(code: str, heard: Heard) -> Service:
    return Service("tested", [sys.executable, "-c", code], dict(os.environ), heard)


async def test_output_and_errors_are_heard_to_the_last_line() -> None:
    heard = Heard()
    tested = service(r"import sys; print('out', flush=True); sys.stderr.write('err\nno newline \xff')", heard)
    await tested.start()
    assert await tested.wait() == "ended with status 0"
    assert heard.all() == ["out", "err", "no newline ÿ"]


async def test_bytes_that_are_no_text_are_shown_as_codes() -> None:
    heard = Heard()
    tested = service(r"import sys; sys.stdout.buffer.write(b'\xff\xfe\n')", heard)
    await tested.start()
    await tested.wait()
    assert heard.all() == ["\\xff\\xfe"]


async def test_an_endless_line_does_not_stop_the_listening() -> None:
    heard = Heard()
    tested = service(f"print('x' * {3 * LONGEST_LINE}); print('after')", heard)
    await tested.start()
    await tested.wait()
    assert heard.all()[-1] == "after"


async def test_an_exit_status_is_told() -> None:
    tested = service("raise SystemExit(3)", Heard())
    await tested.start()
    assert await tested.wait() == "ended with status 3"
    assert not tested.running


async def test_a_grandchild_that_holds_the_output_does_not_hold_the_end() -> None:
    heard = Heard()
    code = "import subprocess, sys; print(subprocess.Popen(['/bin/sleep', '600']).pid, flush=True)"
    tested = service(code, heard)
    await tested.start()
    assert await asyncio.wait_for(tested.wait(), 30) == "ended with status 0"
    os.kill(int(heard.all()[0]), signal.SIGKILL)


@pytest.mark.skipif(sys.platform != "linux", reason="watches a process by its pidfd")
async def test_sigkill_ends_all_that_the_service_started() -> None:
    heard = Heard()
    tested = service(STUBBORN, heard)
    await tested.start()
    child = os.pidfd_open(int(await heard.lines.get()))
    tested.send(signal.SIGTERM)
    assert await heard.lines.get() == "no"
    assert tested.running
    tested.send(signal.SIGKILL)
    assert await tested.wait() == "was ended by SIGKILL"
    ended = asyncio.Event()
    asyncio.get_running_loop().add_reader(child, ended.set)
    await asyncio.wait_for(ended.wait(), 10)
    asyncio.get_running_loop().remove_reader(child)
    os.close(child)


async def test_a_service_that_never_started_has_nothing_to_stop() -> None:
    tested = service("", Heard())
    tested.send(signal.SIGKILL)
    assert not tested.running
    assert tested.pid is None
    assert await tested.wait() == "did not start"


async def test_a_service_is_not_in_the_terminals_group() -> None:
    tested = service("import signal; signal.pause()", Heard())
    await tested.start()
    assert tested.pid is not None
    assert os.getpgid(tested.pid) != os.getpgid(0)
    tested.send(signal.SIGKILL)
    await tested.wait()


async def test_a_killed_store_is_noticed_and_can_start_again(tmp_path: Path) -> None:
    store = Store(EmbeddedStore(tmp_path))
    await store.start()
    assert store.running
    store.send(signal.SIGKILL)
    assert await store.wait() == "was ended by SIGKILL"
    await store.start()
    assert store.embedded.answers()
    store.embedded.stop()


async def test_a_store_that_cannot_start_says_why(tmp_path: Path) -> None:
    with EmbeddedStore(tmp_path):
        pass
    (tmp_path / "appendonlydir" / "appendonly.aof.manifest").write_text("not a manifest")
    store = Store(EmbeddedStore(tmp_path))
    with pytest.raises(StoreUnavailable, match="Its log"):
        await store.start()
    store.embedded.stop()


def test_an_end_is_told_in_words() -> None:
    assert in_words(0) == "ended with status 0"
    assert in_words(-signal.SIGSEGV) == "was ended by SIGSEGV"
