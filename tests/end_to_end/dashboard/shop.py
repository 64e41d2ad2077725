"""Jobs, files, schedules and webhooks as a shop might have them, for pages to show."""

import math
import random
import struct
import zlib
from typing import Any

from aiohttp import ClientSession
from redis import Redis

from shared.job import DEFAULT_TENANT
from shared.store import keys
from tests.end_to_end.dashboard.browser import WISHED, Site
from tests.waiting import until

PNG = b"\x89PNG\r\n\x1a\n"
WIDTH, HEIGHT = 480, 320  # pixels
MINUTES = 60
ODD = "</code><script>faults.push('ran')</script>\N{RIGHT-TO-LEFT OVERRIDE}\N{POUTING FACE}\N{HEBREW LETTER ALEF}"


def scripted(*steps: dict[str, Any], **options: Any) -> dict[str, Any]:
    """A job whose attempts end so."""
    return {"type": "scripted", "payload": {"attempts": list(steps)}, "options": options}


def sums(number: int) -> dict[str, Any]:
    """A job that succeeds."""
    tags = (["report:daily"], ["shop", "eu"], [])[number % 3]
    payload = {"operation": ("sum", "complex", "median")[number % 3], "numbers": [number, number + 3, 40]}
    return {"type": "calculation", "payload": payload, "options": {"tags": tags}}


async def fill(site: Site) -> dict[str, str]:
    """Put it all there, and answer the paths of some of the pages."""
    if WISHED:
        _remember_an_hour(site)
    async with ClientSession(site.url, raise_for_status=True) as session:
        wrong = [scripted({"do": "reject", "message": f"No such customer: 'C-{4000 + n}'"}) for n in range(5)]
        slow = [scripted({"do": "fail", "message": f"10.0.0.{n} timed out"}, maxAttempts=1) for n in range(9)]
        tried = [scripted({"do": "fail", "message": "503 of the supplier"}, {"do": "return", "value": 1})]
        later = [scripted({"do": "return", "value": n}, delay=3_600 * (n + 1), tags=["report:daily"]) for n in range(4)]
        jobs = [*map(sums, range(40)), *wrong, *slow, *tried, *later]
        answer = await _post(session, "/api/jobs/batch", {"jobs": jobs})
        ids = [each["jobId"] for each in answer["jobs"]]
        async with session.patch("/api/job-types/noop", json={"paused": True}):
            pass
        held = {"type": "noop", "payload": {"attempts": [{"do": "return"}]}}
        await _post(session, "/api/jobs/batch", {"jobs": [held] * 6})
        children = [{**sums(1), "children": [sums(2), sums(3)]}, held, scripted({"do": "return", "value": 1})]
        flow = await _post(session, "/api/jobs", {**sums(4), "children": children})
        picture = await _post(session, "/api/jobs", await _resized(session))
        schedule = await _post(session, "/api/schedules", {"name": "Daily", "cron": "0 6 * * *", "job": sums(0)})
        webhook = await _post(session, "/api/webhooks", {"url": "http://127.0.0.1:9/shop", "events": ["job.cancelled"]})
        found = {"picture": picture["jobId"], "flow": flow["jobId"], "failed": ids[40], "sum": ids[0]}
        found |= {"waiting": ids[-1], "waiting_too": ids[-2]}
        await _ended(session, [found["picture"], found["failed"], found["sum"]])
    paths = {name: f"/jobs/{id}" for name, id in found.items()}
    return {**paths, "schedule": f"/schedules/{schedule['id']}", "webhook": f"/webhooks/{webhook['id']}"}


async def write_oddly(site: Site) -> dict[str, str]:
    """Names and texts as long and as odd as they may be, and the paths of pages that show them."""
    async with ClientSession(site.url, raise_for_status=True) as session:
        wrong = scripted({"do": "reject", "message": ODD + "x" * 400}, tags=["T" * 64, "t" * 64], metadata={ODD: ODD})
        deep: dict[str, Any] = {}
        for _ in range(24):
            deep = {ODD: deep}
        long = scripted({"do": "return", "value": "y" * 900_000})
        bodies = {"odd": wrong, "deep": scripted({"do": "return", "value": deep}), "huge": long}
        bodies["many"] = {**scripted({"do": "return"}), "children": [sums(number) for number in range(70)]}
        bodies["queued"] = {**sums(1), "options": {"queue": "q" * 60}}
        paths = {name: f"/jobs/{(await _post(session, '/api/jobs', body))['jobId']}" for name, body in bodies.items()}
        schedule = {"name": ODD + "N" * 40, "every": 3600, "job": sums(1)}
        hook = {"url": f"http://127.0.0.1:9/{'w' * 300}", "events": ["job.cancelled"], "description": ODD + "d" * 150}
        for kind, body in (("schedules", schedule), ("webhooks", hook)):
            paths[kind] = f"/{kind}/{(await _post(session, f'/api/{kind}', body))['id']}"
        await _ended(session, [paths["odd"].rpartition("/")[2], paths["deep"].rpartition("/")[2]])
    return paths


async def _post(session: ClientSession, path: str, body: Any) -> Any:
    async with session.post(path, json=body) as response:
        return await response.json()


async def _ended(session: ClientSession, ids: list[str]) -> None:
    async def look() -> bool:
        for id in ids:
            async with session.get(f"/api/jobs/{id}") as response:
                if (await response.json())["completedAt"] is None:
                    return False
        return True

    await until(look, "the jobs have ended")


async def _resized(session: ClientSession) -> dict[str, Any]:
    async with session.post("/api/files", data=png()) as response:
        file = (await response.json())["fileId"]
    operations = [{"operation": "resize", "width": 360, "height": 240}, {"operation": "convert", "format": "webp"}]
    payload = {"fileId": file, "operations": operations}
    return {"type": "file-processing", "payload": payload, "options": {"tags": ["album:4711"]}}


def png() -> bytes:
    """A picture of hills."""
    rows = b"".join(b"\0" + b"".join(_pixel(x, y) for x in range(WIDTH)) for y in range(HEIGHT))
    head = struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, 2, 0, 0, 0)
    return PNG + b"".join(map(_chunk, (b"IHDR", b"IDAT", b"IEND"), (head, zlib.compress(rows), b"")))


def _pixel(x: int, y: int) -> bytes:
    for hill in range(4):
        if y > HEIGHT * (0.85 - hill * 0.13) - 26 * math.sin(x / (46 + 20 * hill) + hill * 2):
            return bytes((38 + hill * 34, 54 + hill * 32, 92 + hill * 28))
    return bytes((250 - y // 4, 214 - y // 5, 170 + y // 6))


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _remember_an_hour(site: Site) -> None:
    """Counts as they would stand there had the shop been open for an hour: nobody waits an hour for a picture."""
    chance = random.Random(4711)  # noqa: S311 - no secret
    with Redis.from_url(site.store.url) as redis:
        now = int(redis.time()[0]) // 60
        for minute in range(now - MINUTES + 1, now):
            busy = 420 + 160 * math.sin(minute / 9) + chance.randint(-40, 40)
            failed = chance.choice((0, 0, 1, 2, 0, 9 if minute % 23 == 0 else 1))
            counted = {"submitted": int(busy + chance.randint(-30, 30)), "completed": int(busy), "failed": failed}
            counted |= {"retried": failed * 2 + chance.randint(0, 3)}
            counted |= {f"wait:{bucket}": int(busy / 2 ** abs(bucket - 3)) for bucket in range(1, 10)}
            counted |= {f"run:{bucket}": int(busy / 2 ** abs(bucket - 9)) for bucket in range(5, 14)}
            redis.hset(keys.counts(DEFAULT_TENANT, 60, minute), mapping=counted)
            depth = max(0, int(60 + 90 * math.sin(minute / 9 + 0.6) + chance.randint(-15, 15)))
            sample = {keys.SAMPLED: 1, DEFAULT_TENANT: f"{depth} {depth * 31}"}
            redis.hset(keys.samples(60, minute), mapping=sample)
