"""Connections to the store, and what its errors mean to us."""

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any
from urllib.parse import urlsplit

import hiredis
from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.connection import AbstractConnection
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError, NoScriptError, ReadOnlyError, RedisError

from shared.errors import StoreUnavailable
from shared.store.keys import LUA

CONNECT_TIMEOUT = 2.0  # seconds
SOCKET_TIMEOUT = 5.0
MAX_CONNECTIONS = 50
# After a failover an old connection leads to the old primary, now a replica. One that hears so is dropped: redis-py
# does that on these errors, whether or not (as here) it may then try again.
WRONG_STORE: list[type[Exception]] = [ReadOnlyError]
EVALSHA = "EVALSHA"

Argument = str | bytes | int


def connect(url: str, max_connections: int = MAX_CONNECTIONS) -> Redis:
    """A client that connects when it is first used, never waits for ever, and never repeats a call by itself."""
    pool = BlockingConnectionPool.from_url(
        url,
        max_connections=max_connections,
        timeout=SOCKET_TIMEOUT,
        socket_timeout=SOCKET_TIMEOUT,
        socket_connect_timeout=CONNECT_TIMEOUT,
        health_check_interval=15,
        retry=Retry(NoBackoff(), 0),
        retry_on_error=WRONG_STORE,
        **tls(url),
    )
    pool.connection_class = _packing(pool.connection_class)
    return Redis.from_pool(pool)


def _packing(connection: type[AbstractConnection]) -> type[AbstractConnection]:
    """The same, but the thousands of arguments of a script are packed by hiredis: redis-py takes 5 us for a job's."""

    class Packing(connection):  # type: ignore[valid-type,misc]
        def pack_command(self, *arguments: str | float | bytes | memoryview) -> list[bytes]:
            if arguments[0] == EVALSHA:
                return [hiredis.pack_command(arguments)]  # type: ignore[arg-type]  # its stub takes one
            packed: list[bytes] = super().pack_command(*arguments)
            return packed

    return Packing


def tls(url: str) -> dict[str, bool]:
    """What redis-py leaves out by itself: a certificate must be that of the host we asked for."""
    return {"ssl_check_hostname": True} if urlsplit(url).scheme == "rediss" else {}


@contextmanager
def store_errors() -> Iterator[None]:
    """Whatever the client library raises becomes `StoreUnavailable`, with the reason."""
    try:
        yield
    except (RedisError, OSError, TimeoutError) as error:
        raise StoreUnavailable(f"The store cannot be used: {error or type(error).__name__}.") from error


@dataclass(frozen=True)
class Script:
    """A script's text, and the name under which the store knows it once it has been loaded."""

    name: str
    text: str
    sha: str

    def call(self, *arguments: Argument) -> tuple[Argument, ...]:
        """The command that runs it."""
        return (EVALSHA, self.sha, 0, *arguments)


_SHARED = {
    "claim": ("record", "counts", "outbox", "events", "limits", "clock"),
    "outlook": ("record", "limits"),
    **dict.fromkeys(("delete", "expire"), ("record", "forget")),
    **dict.fromkeys(("submit", "save_schedule"), ("record", "counts", "outbox", "events", "flows", "joins")),
    "free": ("record", "forget", "needs"),
    "tidy": ("record", "needs"),
    "write": ("record", "counts", "outbox", "events", "flows"),
    **dict.fromkeys(("amend", "tell"), ("record", "outbox", "events")),
}
_CALLED = {"save_schedule": "submit"}  # a script that another one runs, as a function of that name of its arguments


@cache
def script(name: str) -> Script:
    """The script `lua/NAME.lua`, behind the keys and what scripts share; its `#!lua` line, if any, comes first."""
    folder = files("shared.store") / "lua"
    *before, own = ((folder / f"{part}.lua").read_text() for part in (*_SHARED.get(name, ("record",)), name))
    if called := _CALLED.get(name):
        before.append(f"local function {called}(ARGV)\n{(folder / f'{called}.lua').read_text()}\nend")
    shebang, own = own.split("\n", maxsplit=1) if own.startswith("#!") else ("", own)
    text = "\n".join(part for part in (shebang, LUA, *before, own) if part)
    return Script(name, text, hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest())


async def run_scripts(
    redis: Redis, calls: Sequence[tuple[Script, Sequence[Argument]]], *, repeatable: bool = True
) -> list[Any]:
    """Run scripts one after the other in one round trip; once more if the link broke and they may be repeated."""
    with store_errors():
        for last_try in (False, True):
            try:
                return await _run(redis, calls)
            except NoScriptError:
                for called, _ in calls:
                    await redis.script_load(called.text)
            except ReadOnlyError:
                await redis.connection_pool.disconnect(inuse_connections=False)  # they lead to the same store
                raise
            except ConnectionError:
                if last_try or not repeatable:
                    raise
        return await _run(redis, calls)


async def _run(redis: Redis, calls: Sequence[tuple[Script, Sequence[Argument]]]) -> list[Any]:
    if len(calls) == 1:
        called, arguments = calls[0]
        return [await redis.execute_command(*called.call(*arguments))]
    pipe = redis.pipeline(transaction=False)
    for called, arguments in calls:
        pipe.execute_command(*called.call(*arguments))
    replies: list[Any] = await pipe.execute()
    return replies
