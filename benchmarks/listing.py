"""Pages of a list of a million jobs, over HTTP: `python -m benchmarks.listing [COUNT]`.

The jobs were submitted over thirty days; three quarters have ended, in all ways. Each filter is asked for its first
page, again and again, and for the pages that follow, up to so many. Writes
`benchmarks/results/api/DATE-COMMIT-listing.json`.
"""

import asyncio
import json
import random
import secrets
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import quote

from msgspec import Raw, structs

from benchmarks.listeners import free_port, is_open
from benchmarks.machine import commit, machine
from benchmarks.processes import running, wait_until
from benchmarks.report import number, table
from shared import lifecycle
from shared.embedded import EmbeddedStore
from shared.ids import Ids
from shared.job import Job, JobError, Keep
from shared.store import Change, Store

COUNT = 1_000_000
CHUNK = 5_000
DAYS = 30
DAY = 86_400_000  # ms
FIRST_PAGES, MORE_PAGES = 20, 50
PATIENCE = 60.0  # seconds
BUDGET = 100.0  # ms
YEAR = 31_536_000.0  # seconds
RESULTS = Path(__file__).parent / "results" / "api"

TYPES = ("calculation", "data-enrichment", "file-processing", "mail", "report")
ERRORS = ("no row {}", "no such file: '{}'", "the upstream said {}")


@dataclass(frozen=True)
class Row:
    """How the pages of one filter went. Times are milliseconds."""

    filter: str
    first: float  # the median of the first page
    slowest: float  # of all pages, the first and those that follow
    pages: int  # that followed
    jobs: int  # on all of them
    ended: bool  # whether those were all


def filters(end: int) -> Sequence[tuple[str, str]]:
    """What is asked for; `end` (ms) is when the newest job was submitted."""
    old, recent, narrow = (moment(end - days * DAY) for days in (20, 1, 0.001))
    return (
        ("all", ""),
        ("all, the oldest first", "sort=createdAt"),
        ("all, 200 a page", "pageSize=200"),
        ("all, only id and status", "fields=id,status"),
        ("a status that most have", "status=completed"),
        ("a rare status (10 jobs)", "status=scheduled"),
        ("two types, two statuses", "type=mail&type=report&status=failed&status=cancelled"),
        ("a tag that half have", "tag=half"),
        ("a rare tag (100 jobs)", "tag=rare"),
        ("two tags", "tag=half&tag=day:3"),
        ("a tag and a rare status", "tag=half&status=scheduled"),
        ("a queue with a third", "queue=images"),
        ("a rare queue (1,000 jobs)", "queue=rare"),
        ("a queue with one job, the oldest", "queue=single"),
        ("a queue without jobs", "queue=none"),
        ("a rare queue and a status", "queue=rare&status=failed"),
        ("created on a day long ago", f"createdAfter={old}&createdBefore={moment(end - 19 * DAY)}"),
        ("created lately, a queue, a tag", f"createdAfter={recent}&queue=images&tag=half"),
        ("the last to complete", "sort=-completedAt"),
        ("the first to complete", "sort=completedAt"),
        ("the last to fail, of a type", "sort=-completedAt&status=failed&type=mail"),
        ("completed long ago, the newest first", f"completedBefore={old}"),
        ("completed lately, the oldest first", f"completedAfter={recent}&sort=createdAt"),
        ("completed in a moment, the newest first", f"completedAfter={narrow}&completedBefore={moment(end)}"),
        ("the last to complete, of a rare tag", "sort=-completedAt&tag=rare"),
        ("the last to complete, of a rare queue", "sort=-completedAt&queue=rare"),
        ("the children of a job", "parentId=017f22e2-79b0-7cc3-98c4-dc0c0c07398f"),
        ("everything at once", f"status=failed&type=mail&queue=images&tag=half&completedAfter={old}&sort=completedAt"),
    )


def moment(ms: float) -> str:
    """A time, as it stands in a URL."""
    text = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=ms)).isoformat(timespec="milliseconds")
    return quote(text.replace("+00:00", "Z"))


class Fill:
    """Makes the jobs, the same in every run but for their ids."""

    def __init__(self, count: int, end: int) -> None:
        self._count, self._end = count, end
        self._ids = Ids(secrets.randbits)
        self._chance = random.Random(1)  # noqa: S311 - no secret

    def chunks(self) -> Iterator[list[Job]]:
        """All of them, some at a time, the oldest first."""
        for start in range(0, self._count, CHUNK):
            yield [self._job(number) for number in range(start, min(start + CHUNK, self._count))]

    def ending(self, job: Job, number: int) -> Job:
        """How the job stands in the end; itself, if it waits."""
        kind, at = self._chance.random(), job.created_at + self._chance.randrange(1, 3_600_000)
        if number % (self._count // 10) == 1 or kind >= 0.75:  # noqa: PLR2004 - shares of the whole
            return job
        claimed = structs.replace(lifecycle.claim(job, "bench", job.created_at), rev=job.rev)
        if kind < 0.6:  # noqa: PLR2004
            return lifecycle.complete(claimed, Raw(b'{"sum":3}'), at)
        if kind < 0.7:  # noqa: PLR2004
            message = self._chance.choice(ERRORS).format(number)
            return lifecycle.reject(claimed, at, JobError("exception", message, "ValueError"))
        return lifecycle.cancel(job, at)

    def _job(self, number: int) -> Job:
        chance, now = self._chance, self._end - (self._count - number) * DAYS * DAY // self._count
        is_rare = number % (self._count // 10) == 1
        return lifecycle.submit(
            id=self._ids.next(now),
            type=chance.choice(TYPES),
            payload=Raw(b'{"operation":"sum","numbers":[1,2]}'),
            now=now,
            tenant="default",
            queue=self._queue(number),
            tags=self._tags(number),
            run_at=now + int(YEAR) * 1000 if is_rare else None,
            max_attempts=3,
            timeout=30,
            keep=Keep(YEAR, YEAR, YEAR),
        )

    def _queue(self, number: int) -> str:
        if number == 0:
            return "single"
        if number % (self._count // 1_000) == 0:
            return "rare"
        return "images" if self._chance.random() < 1 / 3 else "default"

    def _tags(self, number: int) -> list[str]:
        tags = [f"day:{number * DAYS // self._count}"]
        if self._chance.random() < 1 / 2:
            tags.append("half")
        if number % (self._count // 100) == 0:
            tags.append("rare")
        return tags


async def fill(url: str, count: int, end: int) -> None:
    """Submit the jobs, and have most of them end."""
    store = Store.connect(url)
    await store.synchronise()
    jobs = Fill(count, end)
    number = 0
    for chunk in jobs.chunks():
        await store.submit(chunk)
        changes = []
        for job in chunk:
            ended = jobs.ending(job, number)
            number += 1
            if ended is not job:
                changes.append(Change(job, ended))
        for start in range(0, len(changes), 500):
            await store.write(changes[start : start + 500])
        if number % 100_000 == 0:
            sys.stderr.write(f"{number:,} jobs\n")
    await store.close()


def measure(port: int, name: str, query: str) -> Row:
    """The first page, again and again, then those that follow."""
    connection = HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    path = f"/api/jobs?{query}"
    firsts = sorted(page(connection, path)[0] for _ in range(FIRST_PAGES))
    slowest, jobs, pages, link = firsts[-1], 0, 0, path
    while link and pages < MORE_PAGES:
        took, found, link = page(connection, link)
        slowest, jobs, pages = max(slowest, took), jobs + found, pages + 1
    connection.close()
    return Row(name, round(firsts[len(firsts) // 2], 2), round(slowest, 2), pages, jobs, not link)


def page(connection: HTTPConnection, path: str) -> tuple[float, int, str]:
    """How long a page took (ms), how many jobs it has, and the link to the next."""
    began = time.perf_counter()
    connection.request("GET", path)
    response = connection.getresponse()
    body = response.read()
    took = (time.perf_counter() - began) * 1e3
    if response.status != 200:  # noqa: PLR2004
        raise RuntimeError(f"{path}: {response.status} {body!r}")
    link = response.headers.get("Link", "")
    return took, len(json.loads(body).get("jobs", ())), link[1 : link.find(">")] if link else ""


def errors(port: int) -> float:
    """The median of `GET /api/errors` (ms)."""
    connection = HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    times = sorted(page(connection, "/api/errors")[0] for _ in range(FIRST_PAGES))
    connection.close()
    return round(times[len(times) // 2], 2)


def shown(rows: Sequence[Row]) -> str:
    """The rows as a table."""
    head = ("filter", "first page, p50 (ms)", "slowest page (ms)", "pages read", "jobs on them", "to the end")
    cells = [
        (
            row.filter,
            number(row.first),
            number(row.slowest),
            str(row.pages),
            f"{row.jobs:,}",
            "yes" if row.ended else "",
        )
        for row in rows
    ]
    return table(head, cells)


def main(count: int) -> None:
    """Measure, print, write down."""
    port, now = free_port(), datetime.now(UTC)
    end = int(now.timestamp() * 1000)
    with tempfile.TemporaryDirectory() as scratch, EmbeddedStore(Path(scratch) / "s", port=0, durable=False) as server:
        began = time.perf_counter()
        asyncio.run(fill(server.url, count, end))
        filled = round(time.perf_counter() - began, 1)
        settings = {"REDIS_URL": server.url, "PORT": str(port), "DMPS_DATA_DIR": scratch}
        with running(1, (sys.executable, "-m", "api_service"), settings, Path(scratch)) as processes:
            wait_until(lambda: is_open(port), "the API listens", processes)
            rows = [measure(port, name, query) for name, query in filters(end)]
            grouping = errors(port)
    slowest = max(row.slowest for row in rows)
    sys.stdout.write(f"{shown(rows)}\n\n{count:,} jobs, made in {filled} s. The slowest page took {slowest} ms")
    sys.stdout.write(f" ({'within' if slowest <= BUDGET else 'over'} {BUDGET:g} ms). GET /api/errors: {grouping} ms.\n")
    written = {
        "commit": commit(),
        "date": now.isoformat(timespec="seconds"),
        "machine": machine(),
        "jobs": count,
        "seconds to make them": filled,
        "GET /api/errors, p50 (ms)": grouping,
        "rows": list(map(asdict, rows)),
    }
    path = RESULTS / f"{now:%Y-%m-%d}-{commit().rstrip('+')}-listing.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(written, indent=2) + "\n")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else COUNT)
