"""The load: callers who submit jobs over HTTP and remember every acknowledgement they got."""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple, Self

from aiohttp import ClientError, ClientSession

from shared.job import Status
from tests.chaos.seeds import Chance, seeded
from tests.waiting import until

SHORT, LONG = (0.005, 0.3), (1.0, 3.0)  # seconds: what most jobs take, and some
PAUSE = 0.02  # seconds after a refusal
ACCEPTED = 202


class Script(NamedTuple):
    """A job's type, what each of its attempts does, and how it ends; its options, and the jobs that it waits for."""

    type: str
    steps: Sequence[Mapping[str, Any]]
    ends: Status
    options: Mapping[str, Any] = MappingProxyType({})
    children: "Sequence[Script]" = ()

    def body(self, ledger: str) -> dict[str, Any]:
        """As it is submitted."""
        payload = {"attempts": self.steps, "ledger": ledger}
        children = [child.body(ledger) for child in self.children]
        return {"type": self.type, "payload": payload, "options": dict(self.options), "children": children}


Mix = Callable[[Chance], Script]


@dataclass(frozen=True)
class Refusal:
    """An answer other than 202."""

    status: int
    retry_after: str
    at: float
    took: float  # seconds


@dataclass
class Answers:
    """What callers were told. Times are seconds of the monotonic clock, as in the ledger."""

    acknowledged: dict[str, float] = field(default_factory=dict)  # id -> when the 202 arrived
    refused: list[Refusal] = field(default_factory=list)
    cut: int = 0  # requests without any answer
    expected: dict[str, Status] = field(default_factory=dict)  # id -> how its script ends
    cancelled: set[str] = field(default_factory=set)  # ids of those that somebody has asked to cancel


def mixed(chance: Chance) -> Script:
    """Most jobs are short; some fail once, some run in a child, some take seconds."""
    step = {"do": "sleep", "seconds": round(chance.uniform(*SHORT), 3)}
    kind = chance.random()
    if kind < 0.8:
        return Script("chaos", [step], Status.COMPLETED)
    if kind < 0.88:
        return Script("chaos", [{"do": "fail"}, step], Status.COMPLETED)
    if kind < 0.96:
        return Script("chaos-child", [{"do": "sleep", "seconds": 0.02}], Status.COMPLETED)
    return Script("chaos", [{"do": "sleep", "seconds": round(chance.uniform(*LONG), 3)}], Status.COMPLETED)


def brief(_: Chance) -> Script:
    """Nothing but jobs that end at once."""
    return Script("chaos", [{"do": "return"}], Status.COMPLETED)


class Load:
    """So many callers, together at most so many requests a second, for as long as it is entered."""

    def __init__(
        self,
        http: ClientSession,
        ledger: Path,
        *,
        rate: float = 60.0,
        callers: int = 8,
        mix: Mix = mixed,
        seed: int = 1,
    ) -> None:
        self.answers = Answers()
        self._http = http
        self._ledger = ledger
        self._callers = callers
        self.pace(rate)
        self._mix = mix
        self._chance = seeded(seed)
        self._stop = asyncio.Event()
        self._may = asyncio.Event()
        self._may.set()
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        self._tasks = [asyncio.create_task(self._call()) for _ in range(self._callers)]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._stop.set()
        await asyncio.gather(*self._tasks)

    def pace(self, rate: float) -> None:
        """From now on at most so many requests a second."""
        self._pause = self._callers / rate

    def hold(self) -> None:
        """No new requests until `go_on`."""
        self._may.clear()

    def go_on(self) -> None:
        """Requests again."""
        self._may.set()

    async def accepts(self, more: int, within: float = 30.0) -> float:
        """Wait until so many more were accepted. Answers the time when the first of them was."""
        before = len(self.answers.acknowledged)

        async def look() -> bool:
            return len(self.answers.acknowledged) >= before + more

        await until(look, f"{more} accepted jobs", within)
        return list(self.answers.acknowledged.values())[before]

    async def is_refused(self, within: float = 30.0) -> None:
        """Wait until one more caller was refused."""
        before = len(self.answers.refused)

        async def look() -> bool:
            return len(self.answers.refused) > before

        await until(look, "a refusal", within)

    async def send(self, type: str, *steps: dict[str, Any], ends: Status = Status.COMPLETED, **options: Any) -> str:
        """Submit one job, which must be accepted."""
        answer = await self._post(Script(type, steps, ends, options))
        assert answer is not None, self.answers.refused[-1:]
        return answer

    async def _call(self) -> None:
        while not self._stop.is_set():
            await self._may.wait()
            began = time.monotonic()
            if await self._post(self._mix(self._chance)) is None:
                await asyncio.sleep(PAUSE)
            await asyncio.sleep(max(0.0, self._pause - (time.monotonic() - began)))

    async def _post(self, script: Script) -> str | None:
        began = time.monotonic()
        try:
            async with self._http.post("/api/jobs", json=script.body(str(self._ledger))) as got:
                status, retry_after, body = got.status, got.headers.get("Retry-After", ""), await got.json()
        except (ClientError, TimeoutError):
            self.answers.cut += 1
            return None
        now = time.monotonic()
        if status != ACCEPTED:
            self.answers.refused.append(Refusal(status, retry_after, now, now - began))
            return None
        self.answers.acknowledged[body["jobId"]] = now
        self.answers.expected[body["jobId"]] = script.ends
        return str(body["jobId"])
