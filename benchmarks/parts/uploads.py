"""What the API takes of memory, and how fast it is, while a large file goes up."""

import http.client
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.bench import Bench, Server, valkey
from benchmarks.figures import OURS, Measure, Sample
from benchmarks.parts import Part
from benchmarks.parts.http import HOST, serving
from benchmarks.processes import BenchFailed, Process

SIZE = 2 * 1024**3  # bytes
MiB = 1024 * 1024
LOOK_EVERY = 0.01  # seconds
MEMORY = Measure("memory above idle, at most", "MiB", "neither")
RATE = Measure("2 GiB up", "MiB/s", "neither")
RAW, FORM, PARTS = "raw", "as a form", "in ten parts, by Upload-Offset"
BOUNDARY = "bench"
_HEAD = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="bench"\r\n\r\n'.encode()
_TAIL = f"\r\n--{BOUNDARY}--\r\n".encode()


def all_uploads(bench: Bench) -> Iterator[Sample]:
    """Ours alone: what others have for files is another thing."""
    (peer,) = bench.named(OURS)
    with valkey(durable=False) as server:
        for number in range(bench.rounds):
            for case in (RAW, FORM, PARTS):
                bench.say(f"round {number + 1} of {bench.rounds}: {case}")
                settings = {**server.settings(peer), "DMPS_MAX_UPLOAD": str(2 * SIZE)}
                with serving(peer.api or (), settings, server.scratch) as (process, port):
                    yield from _measured(process, port, case)
                _remove(server)


def _measured(process: Process, port: int, case: str) -> Iterator[Sample]:
    idle = resident(process.pid)
    watch = Watch(process.pid)
    began = time.perf_counter()
    send(port, case)
    seconds = time.perf_counter() - began
    peak = watch.end()
    yield Sample(MEMORY, OURS, (peak - idle) / MiB, case)
    yield Sample(RATE, OURS, SIZE / MiB / seconds, case)


def send(port: int, case: str, size: int = SIZE) -> None:
    """Send so many bytes. Raises `BenchFailed` if they are not taken."""
    if case == RAW:
        _ask(port, "POST", "/api/files", {"Content-Type": "application/octet-stream"}, size)
    elif case == FORM:
        headers = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
        _ask(port, "POST", "/api/files", headers, size, _HEAD, _TAIL)
    else:
        place = _ask(port, "POST", "/api/files", {"Upload-Complete": "?0"}, 0)
        part = size // 10
        for number in range(10):
            is_last = number == 9  # noqa: PLR2004 - of ten
            headers = {
                "Content-Type": "application/partial-upload",
                "Upload-Offset": str(number * part),
                "Upload-Complete": "?1" if is_last else "?0",
            }
            _ask(port, "PATCH", place, headers, size - 9 * part if is_last else part)


def _ask(
    port: int, method: str, path: str, headers: dict[str, str], size: int, head: bytes = b"", tail: bytes = b""
) -> str:
    """Answers where it leads."""
    connection = http.client.HTTPConnection(HOST, port, timeout=600)
    length = {"Content-Length": str(len(head) + size + len(tail))}
    connection.request(method, path, _body(size, head, tail), {**headers, **length})
    answer = connection.getresponse()
    text = answer.read()
    connection.close()
    if answer.status not in {201, 204}:
        raise BenchFailed(f"an upload was answered {answer.status}", text.decode(errors="replace"))
    return answer.headers["Location"] or ""


def _body(size: int, head: bytes, tail: bytes) -> Iterator[bytes]:
    block = bytes(range(256)) * (MiB // 256)
    yield head
    for start in range(0, size, MiB):
        yield block[: size - start]
    yield tail


class Watch:
    """Looks at the memory of a process, again and again, until it is ended."""

    def __init__(self, pid: int) -> None:
        self._pid, self._peak, self._ended = pid, 0, threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def end(self) -> int:
        """The most that was seen, in bytes."""
        self._ended.set()
        self._thread.join()
        return self._peak

    def _look(self) -> None:
        while not self._ended.wait(LOOK_EVERY):
            self._peak = max(self._peak, resident(self._pid))


def resident(pid: int) -> int:
    """Bytes of memory that a process has, as Linux tells it."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmRSS"))


def _remove(server: Server) -> None:
    """The next one finds as much room."""
    for path in (server.scratch / "files").rglob("*"):
        if path.is_file():
            path.unlink()


UPLOADS = Part(
    "uploads",
    "Uploads",
    "2 GiB to one API process, which hashes them and writes them to the disk: the most memory that it had meanwhile,"
    " above what it had before, and MiB a second until the answer, the sync of the disk included. On Linux alone.",
    all_uploads,
)
