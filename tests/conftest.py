"""A real Valkey for every test: one server for each pytest process, emptied before each test."""

import secrets
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from msgspec import Raw
from redis import Redis

from shared import lifecycle
from shared.embedded import EmbeddedStore
from shared.ids import Ids
from shared.job import DEFAULT_TENANT, Job
from shared.store import Store
from tests.processes import Fleet, fleet
from tests.s3 import bucket, s3

__all__ = ["bucket", "s3"]  # fixtures that stand elsewhere

hypothesis.settings.register_profile("here", deadline=None)  # these machines are noisy
hypothesis.settings.register_profile("thorough", deadline=None, max_examples=2_000)  # --hypothesis-profile=thorough
hypothesis.settings.load_profile("here")


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedStore]:
    with EmbeddedStore(tmp_path_factory.mktemp("valkey"), port=0, durable=False) as started:
        yield started


@pytest.fixture
def redis(server: EmbeddedStore) -> Iterator[Any]:
    with Redis.from_url(server.url) as client:
        client.flushall()
        yield client


@pytest.fixture
def redis_url(server: EmbeddedStore, redis: Redis) -> str:
    return server.url


@pytest.fixture
async def store(redis_url: str) -> AsyncIterator[Store]:
    connected = Store.connect(redis_url)
    await connected.synchronise()
    yield connected
    await connected.close()


@pytest.fixture
def processes(tmp_path: Path, redis_url: str) -> Iterator[Fleet]:
    with fleet(tmp_path, redis_url) as started:
        yield started


@pytest.fixture
def new_job() -> Callable[..., Job]:
    ids = Ids(secrets.randbits)

    def make(**facts: Any) -> Job:
        now = facts.setdefault("now", 1_700_000_000_000)
        defaults = {
            "id": ids.next(now),
            "type": "calculation",
            "payload": Raw(b'{"operation":"sum","numbers":[1,2]}'),
            "tenant": DEFAULT_TENANT,
            "max_attempts": 3,
            "timeout": 30.0,
        }
        return lifecycle.submit(**{**defaults, **facts})

    return make
