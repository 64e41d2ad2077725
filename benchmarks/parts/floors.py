"""What nothing that stands on Valkey and aiohttp can beat here."""

import socket
import sys
import time
from collections.abc import Iterator

from benchmarks.bench import Bench, Server, valkey
from benchmarks.figures import Measure, Sample
from benchmarks.parts import Part
from benchmarks.parts.http import put_under_load, serving

RATE = Measure("one command, one connection", "commands/s", "more")
SCRIPT = "redis.call('SET', KEYS[1], ARGV[1]) redis.call('ZADD', 'floor', 0, KEYS[1]) return 1"
PIPELINE = 1_000  # commands sent together
SECONDS = 0.5
VALUE = b"x" * 64
STORE, SERVER = "Valkey", "aiohttp"

Commands = dict[str, tuple[bytes, bytes]]  # name -> the command, the reply to it


def commands() -> Commands:
    """Commands and their replies, as they go over the wire (RESP2)."""
    return {
        "SET of 64 bytes": (packed(b"SET", b"floor:1", VALUE), b"+OK\r\n"),
        "GET of 64 bytes": (packed(b"GET", b"floor:1"), b"$%d\r\n%s\r\n" % (len(VALUE), VALUE)),
        "a script with a SET and a ZADD": (packed(b"EVAL", SCRIPT.encode(), b"1", b"floor:1", VALUE), b":1\r\n"),
    }


def packed(*words: bytes) -> bytes:
    """A command as it goes over the wire."""
    return b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%s\r\n" % (len(word), word) for word in words)


def store_floor(server: Server) -> Iterator[Sample]:
    """Ready-made bytes through one raw socket: what is left is the server's work."""
    for name, (command, reply) in commands().items():
        yield Sample(RATE, STORE, _rate(server.port, command, reply), f"{name}, {PIPELINE:,} at a time")


def _rate(port: int, command: bytes, reply: bytes) -> float:
    request, expected = command * PIPELINE, reply * PIPELINE
    with socket.create_connection(("127.0.0.1", port)) as connection:
        answered, began = 0, time.perf_counter()
        while time.perf_counter() - began < SECONDS:
            connection.sendall(request)
            _receive(connection, expected)
            answered += PIPELINE
        return answered / (time.perf_counter() - began)


def _receive(connection: socket.socket, expected: bytes) -> None:
    left = len(expected)
    while left:
        received = len(connection.recv(min(left, 65_536)))
        if not received:
            raise ConnectionError("Valkey has hung up")
        left -= received


def server_floor(server: Server) -> Iterator[Sample]:
    """An aiohttp handler that answers 202 and does nothing else, under the load that the APIs were under."""
    command = (sys.executable, "-m", "benchmarks.programs.bare")
    with serving(command, {}, server.scratch) as (process, port):
        yield from put_under_load(SERVER, process, port, "a handler that does nothing")


def bare(bench: Bench) -> Iterator[Sample]:
    """Round after round, as the peers are."""
    with valkey(durable=False) as server:
        for number in range(bench.rounds):
            bench.say(f"round {number + 1} of {bench.rounds}")
            yield from store_floor(server)
            yield from server_floor(server)


FLOORS = Part(
    "floors",
    "Floors",
    "Bare Valkey, from ready-made bytes, and bare aiohttp, under the load of the submission over HTTP.",
    bare,
)
