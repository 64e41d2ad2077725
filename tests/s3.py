"""A bucket of moto's server, which speaks S3."""

import os
import socket
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from subprocess import DEVNULL, Popen

import pytest

KEYS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_REGION": "us-east-1", "AWS_ALLOW_HTTP": "1"}
PATIENCE = 60.0  # seconds, for a server of many imports


@pytest.fixture(scope="session")
def s3() -> Iterator[str]:
    """The address of an S3 server."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = Popen([sys.executable, "-m", "moto.server", "-p", str(port)], stdout=DEVNULL, stderr=DEVNULL)
    try:
        address = f"http://127.0.0.1:{port}"
        _wait(address, server)
        yield address
    finally:
        server.terminate()
        server.wait()


@pytest.fixture
def bucket(s3: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The URL of a place in an empty bucket."""
    for name, value in {**KEYS, "AWS_ENDPOINT": s3}.items():
        monkeypatch.setenv(name, value)
    _put(f"{s3}/moto-api/reset", "POST")
    _put(f"{s3}/bucket", "PUT")
    return "s3://bucket/a prefix/files"


def _put(url: str, method: str) -> None:
    with urllib.request.urlopen(urllib.request.Request(url, method=method), timeout=PATIENCE):  # noqa: S310 - our own
        pass


def _wait(address: str, server: "Popen[bytes]") -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and server.poll() is None:
        try:
            _put(f"{address}/moto-api/", "GET")
        except (OSError, urllib.error.URLError):
            os.sched_yield()
        else:
            return
    pytest.fail("moto's server did not start.")
