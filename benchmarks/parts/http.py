"""What the HTTP services take in: jobs one by one, and ten thousand at once."""

import http.client
import json
import socket
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from benchmarks.bench import Bench, Server, valkey
from benchmarks.figures import OURS, Measure, Sample
from benchmarks.parts import Part
from benchmarks.peers import Peer
from benchmarks.processes import BenchFailed, Process, cpu_time_is_told, run, running, wait_until, wait_until_quiet

RATE = Measure("POST /api/jobs", "requests/s", "more")
P50 = Measure("POST /api/jobs, p50", "ms", "less")
P99 = Measure("POST /api/jobs, p99", "ms", "less")
API_TIME = Measure("processor time of the API", "µs/request", "less")
GENERATOR = Measure("the load generator's own use of a core", "%", "neither")
BATCH = Measure("POST /api/jobs/batch, 10,000 jobs", "s", "less")
MEANWHILE = Measure("slowest other request meanwhile", "ms", "less")

HOST = "127.0.0.1"
SECONDS = 3.0  # of load that is counted
USUAL = "one API process"
PIPELINED = "one API process, ioredis with enableAutoPipelining"
BATCH_JOBS = 10_000
SMALL_JOB = '{"type":"calculation","payload":{"operation":"sum","numbers":[1,2]}}'
GLANCE_EVERY = 0.005  # seconds
HEADERS = {"Content-Type": "application/json"}


@contextmanager
def serving(command: Sequence[str], settings: Mapping[str, str], scratch: Path) -> Iterator[tuple[Process, int]]:
    """A running HTTP service that answers, and its port."""
    port = _free_port()
    with running(1, command, {**settings, "HOST": HOST, "PORT": str(port)}, scratch) as (process,):
        wait_until(lambda: _is_live(port), "the service answers", [process])
        wait_until_quiet([process])
        yield process, port


def put_under_load(name: str, process: Process, port: int, case: str) -> Iterator[Sample]:
    """Post jobs for a while. Raises `BenchFailed` if any is not accepted."""
    before = process.cpu_seconds()
    url = f"http://{HOST}:{port}/api/jobs"
    seen = json.loads(run([sys.executable, "-m", "benchmarks.programs.load", url, str(SECONDS)], {}))
    used = process.cpu_seconds() - before
    if seen["refused"]:
        raise BenchFailed(f"{seen['refused']} requests were not answered with 202")
    yield Sample(RATE, name, seen["rate"], case)
    yield Sample(P50, name, seen["p50"], case)
    yield Sample(P99, name, seen["p99"], case)
    yield Sample(GENERATOR, name, 100 * seen["cpu_share"], case)
    if cpu_time_is_told():
        yield Sample(API_TIME, name, used / seen["requests"] * 1e6, case)


def submit(server: Server, peer: Peer, case: str = USUAL) -> Iterator[Sample]:
    """Jobs one by one, then, in the usual case, a batch, to one API process. No worker runs."""
    server.empty(peer)
    with serving(peer.api or (), server.settings(peer), server.scratch) as (process, port):
        yield from put_under_load(peer.name, process, port, case)
        if case == USUAL:
            server.empty(peer)
            wait_until_quiet([process])
            yield from _send_batch(peer, port)
    server.empty(peer)


def _send_batch(peer: Peer, port: int) -> Iterator[Sample]:
    body = f'{{"jobs":[{",".join([SMALL_JOB] * BATCH_JOBS)}]}}'.encode()
    with _glancing(port) as glances:
        began = time.perf_counter()
        try:
            status, answer = _ask(port, "POST", "/api/jobs/batch", body)
        except (OSError, http.client.HTTPException) as error:
            raise BenchFailed("the batch was not answered") from error
        seconds = time.perf_counter() - began
    accepted = sum("jobId" in job for job in json.loads(answer)["jobs"]) if status == http.HTTPStatus.ACCEPTED else 0
    if accepted != BATCH_JOBS:
        raise BenchFailed(f"the batch was answered with {status}, and {accepted} jobs were accepted")
    yield Sample(BATCH, peer.name, seconds)
    yield Sample(MEANWHILE, peer.name, 1000 * max(glances, default=0.0))


@contextmanager
def _glancing(port: int) -> Iterator[list[float]]:
    """Another client, that asks for little, again and again: how long each answer took, in seconds."""
    glances: list[float] = []
    done = threading.Event()

    def glance() -> None:
        while not done.wait(GLANCE_EVERY):
            began = time.perf_counter()
            if _is_live(port):
                glances.append(time.perf_counter() - began)

    thread = threading.Thread(target=glance)
    thread.start()
    try:
        yield glances
    finally:
        done.set()
        thread.join()


def _ask(port: int, method: str, path: str, body: bytes | None = None) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection(HOST, port, timeout=30)
    try:
        connection.request(method, path, body, HEADERS)
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


def _is_live(port: int) -> bool:
    try:
        return _ask(port, "GET", "/health/live")[0] < http.HTTPStatus.BAD_REQUEST
    except OSError:
        return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def one_api(bench: Bench) -> Iterator[Sample]:
    """One API process, nothing on disk.

    BullMQ as it comes, and with an option of its client that does what our API does: what is sent in one turn of the
    event loop goes out together. That is not its default, nor what BullMQ's manual tells.
    """
    pipelined = [replace(peer, settings={**peer.settings, "BENCH_PIPELINED": "1"}) for peer in bench.named("BullMQ")]
    with valkey(durable=False) as server:
        yield from bench.in_turn(
            [*bench.named(OURS, "BullMQ"), *pipelined],
            lambda peer: submit(server, peer, PIPELINED if peer in pipelined else USUAL),
        )


HTTP = Part(
    "http",
    "Submission over HTTP",
    "Ours against Express 5 in front of BullMQ; both check the job, a calculation with five numbers. 64 kept "
    "connections, a closed loop, three seconds after two that do not count. The store keeps nothing on disk.",
    one_api,
)
