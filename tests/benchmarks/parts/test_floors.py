import socket

from benchmarks.parts.floors import commands
from shared.embedded import EmbeddedStore


def test_the_replies_are_as_long_as_expected(server: EmbeddedStore) -> None:
    port = server.port
    assert port is not None
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        for command, reply in commands().values():
            connection.sendall(command)
            assert connection.recv(1_024) == reply
