"""The short form of `make chaos`: five of its faults, once each."""

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from pathlib import Path

import pytest

from tests.chaos.faults import deploys, network, poison, store, workers
from tests.chaos.trial import Trial, trial

POISONS = {name: poison.POISONS[name] for name in ("SIGSEGV", "SystemExit", "an infinite loop")}
BUSY = 10.0  # seconds: tests share the machine, so they allow more than the promise

FAULTS: Mapping[str, Callable[[Trial], Awaitable[None]]] = {
    "F1": partial(workers.kill_at_random, workers=2, kills=1, every=0.0),
    "F4": partial(deploys.roll, rounds=2, hand_back=BUSY),
    "F6": partial(store.kill, rounds=1, away=0.2),
    "F12": partial(network.cut_around_calls, jobs=200),
    "F23": partial(poison.poison_children, poisons=POISONS, slot_back=BUSY, noticed=BUSY),
}


@pytest.mark.parametrize("fault", FAULTS)
async def test_no_promise_is_broken_by(fault: str, tmp_path: Path) -> None:
    async with trial(tmp_path) as under_test:
        await FAULTS[fault](under_test)
    outcome = under_test.outcome
    assert outcome.broken == []
    assert [limit.text for limit in outcome.limits if not limit.holds] == []
