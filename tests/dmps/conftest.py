"""The client against services that really run: a store, an API and a worker, one of each for all these tests."""

import socket
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from dmps import Client, DmpsError, Patience, Unauthorized
from shared.embedded import EmbeddedStore
from tests.processes import API, WORKER, Fleet, fleet
from tests.waiting import LOOK_EVERY

AT_ONCE = Patience(tries=1)
START_WITHIN = 30.0  # seconds
WEBHOOKS = {"DMPS_WEBHOOK_ALLOW": "127.0.0.0/8"}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass(frozen=True)
class Service:
    """A running deployment."""

    url: str
    store: EmbeddedStore
    fleet: Fleet


def wait_until_answering(url: str, workers: int = 0) -> None:
    """Until the API answers whoever it may be, and so many workers live."""
    end = time.monotonic() + START_WITHIN
    with Client(url, patience=AT_ONCE) as client:
        while time.monotonic() < end:
            try:
                if not workers or len(client.workers()) == workers:
                    client.job_types()
                    return
            except Unauthorized:
                return
            except DmpsError:
                pass
            time.sleep(LOOK_EVERY)
    raise AssertionError(f"No API with {workers} workers at {url}.")


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    directory = tmp_path_factory.mktemp("deployment")
    port = free_port()
    with ExitStack() as running:
        store = running.enter_context(EmbeddedStore(directory / "store", port=0, durable=False))
        started = running.enter_context(fleet(directory, store.url))
        started.start(API, PORT=str(port), **WEBHOOKS)
        started.start(WORKER, **WEBHOOKS)
        url = f"http://127.0.0.1:{port}"
        wait_until_answering(url, 1)
        yield Service(url, store, started)


@pytest.fixture
def client(service: Service) -> Iterator[Client]:
    with Client(service.url) as connected:
        yield connected


def steps(*attempts: dict[str, Any]) -> dict[str, Any]:
    """A payload of the type `scripted`: what each attempt does."""
    return {"attempts": list(attempts)}


DMPS = (sys.executable, "-m", "dmps")
SLOW = steps({"do": "sleep", "seconds": 30})
HALF_WAY = steps({"do": "sleep", "seconds": 0.5, "percent": 50})


def content(directory: Path, size: int) -> tuple[Path, bytes]:
    """A file of so many bytes."""
    path, data = directory / "a file.bin", bytes(range(256)) * (size // 256)
    path.write_bytes(data)
    return path, data
