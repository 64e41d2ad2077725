"""Sends the corpus to a service as a process of its own, on a real store, and says what it did wrong."""

import asyncio
import contextlib
import json
import math
import re
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from redis import Redis

from shared.store import keys
from tests.fuzz.corpus import MAKERS, Case, case
from tests.processes import API, Fleet
from tests.waiting import until

AT_ONCE = 32
SHOWN = 40  # lines of the log, where it says that something went wrong
ANSWERED_WITHIN = 30.0  # seconds; the deadlines of the service are two
SETTINGS = {"PORT": "0", "DMPS_HEAD_TIMEOUT": "2", "DMPS_BODY_TIMEOUT": "2", "DMPS_IDLE_TIMEOUT": "2"}
ALLOWED = frozenset({200, 201, 202, 204, 304, 503})


@dataclass
class Findings:
    """What was seen."""

    statuses: Counter[int] = field(default_factory=Counter)
    accepted: set[object] = field(default_factory=set)  # the ids of jobs
    wrong: list[str] = field(default_factory=list)

    def note(self, sent: Case, answer: bytes) -> None:
        """Judge one answer."""
        head, _, body = answer.partition(b"\r\n\r\n")
        found = re.match(rb"HTTP/\d\.\d (\d{3}) ", head)
        status = int(found[1]) if found else 0
        self.statuses[status] += 1
        if complaint := _complaint(sent, status, head, body):
            self.wrong.append(f"{sent.name}: {complaint}\n  {sent.sent[:300]!r}\n  {answer[:300]!r}")
        elif status == 202 and b"/api/jobs" in sent.sent[:40]:
            self.accepted |= _accepted(json.loads(body))


def _accepted(body: dict[str, list[dict[str, object]]]) -> set[object]:
    return {entry["jobId"] for entry in body.get("jobs", [body]) if "jobId" in entry}


def _complaint(sent: Case, status: int, head: bytes, body: bytes) -> str:
    if sent.expected and status not in sent.expected:
        return f"{status}, not one of {sorted(sent.expected)}"
    if status in ALLOWED or (not status and not head):  # silence: nothing that was a head had come
        return ""
    if not 400 <= status < 500:
        return f"status {status}"
    if b"content-type: application/problem+json" not in head.lower():
        return "no problem"
    if not sent.sent.startswith(b"HEAD"):
        problem = json.loads(body)
        if problem["status"] != status or not problem["title"] or not problem["detail"]:
            return "a problem that does not say what it should"
    return ""


async def attack(processes: Fleet, redis: Redis, seeds: Iterable[int], seconds: float = math.inf) -> Findings:
    """Send the requests of these seeds, as many as go into so many seconds, and look at what is left of it all."""
    process = processes.start(API, **SETTINGS)

    async def told() -> int:
        found = re.search(r"http://127\.0\.0\.1:(\d+)", processes.log(process))
        return int(found[1]) if found else 0

    port, findings = await until(told, "the service listens"), Findings()
    end, source = time.monotonic() + seconds, iter(seeds)

    async def send_some() -> None:
        for seed in source:
            sent = case(seed)
            findings.note(sent, await _exchange(port, sent.sent))
            if time.monotonic() > end:
                return

    await asyncio.gather(*(send_some() for _ in range(AT_ONCE)))
    _look_around(findings, redis, processes.log(process), process.poll())
    return findings


async def _exchange(port: int, data: bytes) -> bytes:
    """All that is answered. A reset before an answer is none, which is seen by its status."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    answer = b""
    with contextlib.suppress(ConnectionError):
        writer.write(data)
        async with asyncio.timeout(ANSWERED_WITHIN):
            while chunk := await reader.read(65_536):
                answer += chunk
    writer.close()
    return answer


def _look_around(findings: Findings, redis: Redis, log: str, status: int | None) -> None:
    records = sum(1 for _ in redis.scan_iter(f"{keys.JOB}*", count=1_000))
    if records != len(findings.accepted):
        findings.wrong.append(f"{records} jobs are in the store, {len(findings.accepted)} were accepted")
    if status is not None:
        findings.wrong.append(f"the service ended with {status}")
    lines = log.splitlines()
    places = [place for place, line in enumerate(lines) if "Traceback" in line or "unexpected error" in line]
    findings.wrong += ["\n".join(lines[max(0, place - 3) : place + SHOWN]) for place in places]


def summary(findings: Findings) -> str:
    """For people."""
    seen = ", ".join(f"{status or 'closed'}: {number}" for status, number in sorted(findings.statuses.items()))
    first = "\n".join(findings.wrong[:20])
    total = findings.statuses.total()
    return f"{total} requests of {len(MAKERS)} classes ({seen}); wrong: {len(findings.wrong)}\n{first}"
