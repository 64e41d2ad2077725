"""The load generator: `load URL SECONDS` posts one and the same job over 64 kept connections, and prints what it saw.

Each connection has one request under way (a closed loop). The first two seconds are not counted. Raw sockets on an
event loop: `cpu_share`, its own use of a core, shows whether it was in the way. Prints JSON, times in ms.
"""

import asyncio
import gc
import json
import re
import sys
import time
from urllib.parse import urlsplit

from benchmarks.figures import percentile

CONNECTIONS = 64
WARM_UP = 2.0  # seconds
ACCEPTED = b"HTTP/1.1 202"
BODY = b'{"type":"calculation","payload":{"operation":"complex","numbers":[1,2,3,4,5]}}'
LENGTH = re.compile(rb"\r\ncontent-length: (\d+)\r\n", re.IGNORECASE)


class Tally:
    """What all connections saw since it was last emptied."""

    def __init__(self) -> None:
        self.latencies: list[float] = []  # seconds
        self.uncounted = 0
        self.refused = 0
        self.running = True

    def empty(self) -> None:
        """Begin to count."""
        self.uncounted = len(self.latencies)
        self.latencies = []


class Connection(asyncio.Protocol):
    """Sends the request again whenever its answer has come."""

    def __init__(self, request: bytes, tally: Tally) -> None:
        self._request = request
        self._tally = tally
        self._answer = b""
        self._sent = 0.0
        self._transport: asyncio.WriteTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        if not isinstance(transport, asyncio.WriteTransport):
            raise TypeError("a TCP connection can be written to")
        self._transport = transport
        self._send()

    def data_received(self, data: bytes) -> None:
        """Part of an answer, or all of it."""
        self._answer += data
        head, found, body = self._answer.partition(b"\r\n\r\n")
        if not found:
            return
        length = LENGTH.search(head + b"\r\n")
        if len(body) < (int(length[1]) if length else 0):
            return
        self._tally.latencies.append(time.perf_counter() - self._sent)
        self._tally.refused += not head.startswith(ACCEPTED)
        self._answer = b""
        if self._tally.running:
            self._send()

    def connection_lost(self, _: Exception | None) -> None:
        """A server that hangs up has refused."""
        self._tally.refused += self._tally.running

    def _send(self) -> None:
        self._sent = time.perf_counter()
        if self._transport is not None:
            self._transport.write(self._request)


def request_to(url: str, body: bytes) -> bytes:
    """The bytes of a POST."""
    address = urlsplit(url)
    head = f"POST {address.path} HTTP/1.1\r\nHost: {address.netloc}\r\nContent-Type: application/json\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


async def load(url: str, seconds: float) -> dict[str, float]:
    """Keep the server busy for so long, and answer what was seen."""
    address, loop, tally = urlsplit(url), asyncio.get_running_loop(), Tally()
    request = request_to(url, BODY)
    host, port = address.hostname or "", address.port or 80
    made = [await loop.create_connection(lambda: Connection(request, tally), host, port) for _ in range(CONNECTIONS)]
    await asyncio.sleep(WARM_UP)
    tally.empty()
    began, cpu = time.perf_counter(), time.process_time()
    await asyncio.sleep(seconds)
    tally.running = False
    lasted, used = time.perf_counter() - began, time.process_time() - cpu
    seen = list(tally.latencies)
    for transport, _ in made:
        transport.close()
    return {
        "requests": tally.uncounted + len(seen),
        "rate": len(seen) / lasted,
        "p50": percentile(seen, 0.5) * 1000,
        "p99": percentile(seen, 0.99) * 1000,
        "refused": tally.refused,
        "cpu_share": used / lasted,
    }


if __name__ == "__main__":
    gc.disable()
    sys.stdout.write(json.dumps(asyncio.run(load(sys.argv[1], float(sys.argv[2])))))
