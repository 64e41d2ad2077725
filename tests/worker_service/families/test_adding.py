"""What a running job may not add."""

from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec import Raw

from shared.address_gate import AddressGate, networks
from shared.codec import encode
from shared.files import FileStore
from shared.job import Job
from shared.job_types.calculation import CALCULATION
from shared.store import Store, families
from worker_service.failures import Added, AttemptFailed
from worker_service.families import Families

GATE = AddressGate(networks(["10.0.0.0/8"]))


def added(url: str) -> Added:
    return Added(CALCULATION.name, Raw(b'{"operation":"sum","numbers":[1]}'), Raw(encode({"callbackUrl": url})))


@pytest.mark.parametrize(
    ("url", "gate", "why"),
    [
        ("https://example.org/", None, "DMPS_WEBHOOK_SECRET"),
        ("https://127.0.0.1/", GATE, "network"),
        ("ftp://example.org/", GATE, "absolute URL"),
    ],
)
async def test_a_callback_that_cannot_be_fails_the_attempt_that_adds_it(
    store: Store, new_job: Callable[..., Job], tmp_path: Path, url: str, gate: AddressGate | None, why: str
) -> None:
    family = Families(store, FileStore(tmp_path.as_uri()), {CALCULATION.name: CALCULATION}, gate)
    parent = new_job(now=store.now())
    with pytest.raises(AttemptFailed, match=f"Child 0: callbackUrl: .*{why}") as failed:
        await family.add(parent, [added(url)])
    assert (failed.value.failure.final, failed.value.failure.error.code) == (True, "invalid_child")
    assert await families.children(store.link, "default", [parent.id]) == [[]]


@pytest.mark.parametrize("url", ["https://example.org/hook", "http://10.1.2.3:8080/"])
async def test_a_callback_that_can_be_is_added(
    store: Store, new_job: Callable[..., Job], tmp_path: Path, url: str
) -> None:
    family = Families(store, FileStore(tmp_path.as_uri()), {CALCULATION.name: CALCULATION}, GATE)
    parent = new_job(now=store.now())
    await family.add(parent, [added(url)])
    ((child,),) = await families.children(store.link, "default", [parent.id])
    assert (await store.view("default", child)).job.callback_url == url
