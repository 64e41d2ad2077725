"""Workers of a user's settings, and an arq client that knows nothing of us but how to write JSON."""

import sys
from collections.abc import AsyncIterator, Callable, Iterator
from subprocess import Popen

import pytest
from arq import ArqRedis, create_pool

from shared.embedded import EmbeddedStore
from shared.queue import deserialize, redis_settings, serialize
from tests.processes import Fleet, fleet

Start = Callable[..., "Popen[bytes]"]


@pytest.fixture(scope="module")
def shared_worker(server: EmbeddedStore, tmp_path_factory: pytest.TempPathFactory) -> Iterator["Popen[bytes]"]:
    """One for all tests of a module that only ask for its work: it takes a second to start."""
    with fleet(tmp_path_factory.mktemp("arq"), server.url) as started:
        yield started.start((sys.executable, "-m", "arq", "tests.arq.acme.WorkerSettings"))


@pytest.fixture
def start(processes: Fleet) -> Start:
    def begin(settings: str = "WorkerSettings", *options: str, **environment: str) -> "Popen[bytes]":
        return processes.start((sys.executable, "-m", "arq", f"tests.arq.acme.{settings}", *options), **environment)

    return begin


@pytest.fixture
async def client(redis_url: str) -> AsyncIterator[ArqRedis]:
    pool = await create_pool(redis_settings(redis_url), job_serializer=serialize, job_deserializer=deserialize)
    yield pool
    await pool.aclose(close_connection_pool=True)
