"""What goes over the wire."""

import pytest
from redis.asyncio.connection import AbstractConnection

from shared.store.connection import EVALSHA, Argument, connect

ARGUMENTS: tuple[Argument, ...] = ("sha", 0, "text", "gr\u00fc\u00dfe", b"\x00\r\n\xff", b"x" * 70_000, -12, 10**15, "")


@pytest.mark.parametrize("url", ["redis://h", "rediss://h", "unix:///tmp/h"])
@pytest.mark.parametrize("command", [EVALSHA, "CONFIG GET"])
def test_a_command_is_packed_as_redis_py_packs_it(url: str, command: str) -> None:
    connection = connect(url).connection_pool.make_connection()
    plain = AbstractConnection.pack_command(connection, command, *ARGUMENTS)
    assert b"".join(connection.pack_command(command, *ARGUMENTS)) == b"".join(plain)
