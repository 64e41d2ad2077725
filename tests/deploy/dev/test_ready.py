"""Readiness: what is missing, in words."""

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from deploy.dev.ready import until_ready, what_is_missing


@contextmanager
def answering(status: int, body: bytes) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def ready(*pids: int, host: str = socket.gethostname()) -> bytes:
    workers = [{"id": f"{host}:{pid}", "host": host, "pid": pid} for pid in pids]
    return json.dumps({"status": "ready", "workers": workers}).encode()


@pytest.mark.parametrize(
    ("status", "body", "missing"),
    [
        (200, ready(1, 2), ""),
        (200, ready(2, 1, 3), ""),  # others work on the same store
        (200, b'{"status": "ready"}', ""),  # API keys are in force, and we show none
        (200, ready(2), "1 of 2 workers have reported"),
        (200, ready(1, 2, host="elsewhere"), "0 of 2 workers have reported"),
        (200, ready(), "0 of 2 workers have reported"),
        (503, b'{"detail": "The store does not answer."}', "The store does not answer."),
        (503, b"{}", "the API answers 503"),
        (503, b"[]", "is not our API"),
        (200, b"<html>", "is not our API"),
        (404, b"", "is not our API"),
        (200, b"{}", "is not our API"),
        (200, b'{"workers": [1]}', "is not our API"),
    ],
)
def test_what_is_missing_is_told(status: int, body: bytes, missing: str) -> None:
    with answering(status, body) as url:
        told = what_is_missing(url, {1, 2})
    assert missing in told
    assert bool(missing) == bool(told)


def test_an_api_that_does_not_listen_yet_is_told() -> None:
    with socket.socket() as bound:  # bound, so that nobody else listens there
        bound.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{bound.getsockname()[1]}"
        assert what_is_missing(url, {1}) == "the API does not answer yet"


def test_an_answer_that_is_not_http_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(1000)
                connection.sendall(b"+PONG\r\n")

        thread = threading.Thread(target=answer)
        thread.start()
        assert "is not our API" in what_is_missing(f"http://127.0.0.1:{server.getsockname()[1]}", {1})
        thread.join()


async def test_the_wait_is_over_once_all_is_ready() -> None:
    with answering(200, ready(7)) as url:
        await until_ready(url, {7}, lambda _: None)
