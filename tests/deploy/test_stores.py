"""The stores of compose and of Kubernetes, started as they say: they keep what they acknowledge."""

import asyncio
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis.asyncio import Redis

from shared.embedded import _binary, dying_with_parent
from shared.errors import StoreUnavailable
from shared.store import Store
from tests.deploy.manifests import COMPOSE, container
from tests.waiting import until


def commands() -> Iterator[tuple[str, list[str]]]:
    """How each starts the server; compose's variables have their defaults."""
    program, *arguments = shlex.split(COMPOSE["services"]["store"]["command"].replace("${STORE_MEMORY:-1gb}", "1gb"))
    yield program, arguments
    store = container("StatefulSet", "store")
    (program,) = store["command"]
    yield program, store["args"]


@pytest.mark.parametrize(("program", "arguments"), list(commands()), ids=["compose", "kubernetes"])
async def test_a_store_that_is_started_so_gives_no_cause_for_a_warning(
    program: str, arguments: list[str], tmp_path: Path
) -> None:
    assert program == "valkey-server"
    path = tmp_path / "socket"
    here = ["--port", "0", "--unixsocket", str(path), "--dir", str(tmp_path), "--logfile", str(tmp_path / "log")]
    told = [argument.replace("/data", str(tmp_path)) for argument in arguments]
    server = await asyncio.create_subprocess_exec(*dying_with_parent([str(_binary()), *told, *here]))
    try:
        store = Store.connect(f"unix://{path}")

        async def answers() -> bool:
            try:
                await store.synchronise()
            except StoreUnavailable:
                return False
            return True

        await until(answers, "the store answers")
        assert await store.warnings() == []
        async with Redis(unix_socket_path=str(path)) as redis:
            config = await redis.config_get()
        assert config["protected-mode"] == "no"  # it is reached from other hosts, and by nobody but ours
        assert (config["maxmemory"], config["save"]) == (str(1 << 30), "")
        await store.close()
    finally:
        server.kill()
        await server.wait()
