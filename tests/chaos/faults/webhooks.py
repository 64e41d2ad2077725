"""What befalls webhooks and a schedule while workers, the API and the store are disturbed; the receiver is moody."""

from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from typing import Any

import msgspec
from aiohttp import web
from standardwebhooks import Webhook

from tests.chaos.faults.disturbances import disturb
from tests.chaos.faults.ticks import JOB, POLICY
from tests.chaos.outcome import worst
from tests.chaos.seeds import Chance, seeded
from tests.chaos.trial import Trial
from tests.waiting import until

SETTINGS = {"DMPS_WEBHOOK_ALLOW": "127.0.0.0/8"}
MOODY = 0.1  # the share of deliveries that the receiver refuses
HEARD_WITHIN = (
    120.0  # seconds: a delivery that was refused twice is sent again within 15 s, one of a lost worker after 10
)
SECOND = 1.0


@dataclass
class Receiver:
    """What came, by the job and the event: the ids under which it came. `secret`: of the subscription."""

    chance: Chance
    port: int = 0
    secret: str = ""
    heard: dict[tuple[str, str], set[str]] = field(default_factory=lambda: defaultdict(set))
    came: int = 0
    refused: int = 0

    async def handle(self, request: web.BaseRequest) -> web.Response:
        """Believe what is signed, and keep most of it. Raises what the standard's own library does."""
        body = await request.read()
        Webhook(self.secret).verify(body, {name.lower(): value for name, value in request.headers.items()})
        self.came += 1
        if self.chance.random() < MOODY:
            self.refused += 1
            return web.Response(status=503)
        event = msgspec.json.decode(body)
        self.heard[event["data"]["jobId"], event["type"]].add(request.headers["webhook-id"])
        return web.Response(status=204)


@asynccontextmanager
async def listening() -> AsyncIterator[Receiver]:
    """A receiver on this host."""
    receiver = Receiver(seeded(8))
    runner = web.ServerRunner(web.Server(receiver.handle, access_log=None))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    address: Any = runner.addresses[0]
    receiver.port = address[1]
    try:
        yield receiver
    finally:
        await runner.cleanup()


async def disturb_webhooks(trial: Trial, *, rounds: int = 2) -> None:
    """F-webhooks: a subscription hears of all that ends, while a schedule ticks each second."""
    trial.system.api(**SETTINGS)
    await trial.more(3, **SETTINGS)
    receiver = await trial.stack.enter_async_context(listening())
    answer = await _post(trial, "/api/webhooks", {"url": f"http://127.0.0.1:{receiver.port}/hook"})
    receiver.secret = answer["secret"]
    schedule = (await _post(trial, "/api/schedules", {**POLICY, "job": JOB}))["id"]
    async with trial.pressure(rate=30) as load:
        kills = await disturb(trial, load, SETTINGS, rounds=rounds)
        await _post(trial, f"/api/schedules/{schedule}/pause", {})
    async with trial.system.http.get(f"/api/schedules/{schedule}/history") as got:
        entries: list[dict[str, Any]] = (await got.json())["entries"]
    ended = [*load.answers.acknowledged, *(entry["jobId"] for entry in entries)]

    async def all_heard() -> bool:
        return all((id, "job.completed") in receiver.heard for id in ended)

    try:
        await until(all_heard, "the events of all jobs", HEARD_WITHIN)
    finally:
        _judge(trial, receiver, ended, entries)
        trial.outcome.figures |= {"killed": kills, "ticks": len(entries), "deliveries": receiver.came}
        trial.outcome.figures |= {"of them refused by the receiver": receiver.refused}


def _judge(trial: Trial, receiver: Receiver, ended: list[str], entries: list[dict[str, Any]]) -> None:
    missing = sum((id, "job.completed") not in receiver.heard for id in ended)
    names = [f"{id}: {event} came as {sorted(ids)}." for (id, event), ids in receiver.heard.items() if len(ids) > 1]
    trial.outcome.broken += worst([*names, *gaps(entries)])
    trial.outcome.at_most("ends that were not heard", missing, 0)


def gaps(entries: list[dict[str, Any]]) -> list[str]:
    """Each second has its tick, and each tick its job."""
    times = sorted(datetime.fromisoformat(entry["tick"]) for entry in entries)
    gaps = [
        f"{later} came {later - tick} after {tick}."
        for tick, later in pairwise(times)
        if (later - tick).total_seconds() != SECOND
    ]
    jobless = [f"{entry['tick']} was {entry['outcome']}." for entry in entries if not entry["jobId"]]
    twins = len(entries) - len({entry["jobId"] for entry in entries})
    return [*gaps, *jobless, *([f"{twins} jobs are of two ticks."] if twins else [])]


async def _post(trial: Trial, path: str, body: dict[str, Any]) -> dict[str, Any]:
    async with trial.system.http.post(path, json=body) as answer:
        assert answer.status < 300, await answer.text()
        found: dict[str, Any] = await answer.json()
        return found
