"""What is to run, and where: read from the environment and checked before anything starts."""

import errno
import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from shared.errors import Misconfigured
from shared.settings import read_settings

MOST_WORKERS = 1_000
GRACE = 10.0  # seconds a service gets on top of its drain before it is killed
REACHABLE = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - only to connect to


@dataclass(frozen=True)
class Plan:
    """What `make dev` runs."""

    host: str
    port: int
    workers: int
    redis_url: str | None  # None: the embedded store
    data_dir: Path  # absolute
    patience: float  # seconds a service may take to stop

    @property
    def store_dir(self) -> Path:
        """Where the embedded store keeps its data."""
        return self.data_dir / "store"

    def environment(self, redis_url: str) -> dict[str, str]:
        """What the services are told: the runner's own environment, and what was decided here."""
        return {
            **os.environ,
            "HOST": self.host,
            "PORT": str(self.port),
            "REDIS_URL": redis_url,
            "DMPS_DATA_DIR": str(self.data_dir),
            "PYTHONUNBUFFERED": "1",
        }


def read_plan(environ: Mapping[str, str] = os.environ) -> Plan:
    """The plan of this process's environment. Raises `Misconfigured`, naming every mistake, or if the port is taken."""
    workers, problem = _workers(environ)
    try:
        settings = read_settings()
    except Misconfigured as error:
        raise Misconfigured("\n".join(filter(None, [str(error), problem]))) from error
    if problem:
        raise Misconfigured(problem)
    has_store = "REDIS_URL" in environ or "REDIS_URL_FILE" in environ
    return Plan(
        host=settings.host,
        port=check_port(settings.host, settings.port),
        workers=workers,
        redis_url=settings.redis_url if has_store else None,
        data_dir=settings.data_dir.absolute(),
        patience=settings.drain + GRACE,
    )


def check_port(host: str, port: int) -> int:
    """The port, or a free one if it is 0. Raises `Misconfigured` if the API could not listen there."""
    try:
        addresses = socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        ports = [_try_to_bind(family, address) for family, *_, address in addresses]
    except OSError as error:
        raise Misconfigured(_why_not(host, port, error)) from error
    return ports[0]


def base_url(host: str, port: int) -> str:
    """The URL at which this machine reaches a server that listens there."""
    reachable = REACHABLE.get(host, host)
    return f"http://[{reachable}]:{port}" if ":" in reachable else f"http://{reachable}:{port}"


def without_password(url: str) -> str:
    """The URL as it may be shown."""
    netloc = urlsplit(url).netloc
    user, separator, place = netloc.rpartition("@")
    return url.replace(netloc, f"{user.partition(':')[0]}:***@{place}", 1) if separator else url


def _workers(environ: Mapping[str, str]) -> tuple[int, str | None]:
    """How many workers, and what is wrong with that."""
    written = environ.get("WORKERS", str(_cores()))
    if written.isdecimal() and 1 <= int(written) <= MOST_WORKERS:
        return int(written), None
    return 0, f"WORKERS is {written!r}; it must be a number from 1 to {MOST_WORKERS}."


def _cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _try_to_bind(family: int, address: tuple[str | int, ...] | tuple[int, bytes]) -> int:
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as the API does: a port just left is no problem
        probe.bind(address)
        port: int = probe.getsockname()[1]
        return port


def _why_not(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"Port {port} on {host} is taken by another program. "
            f"Stop that, or choose another port: make dev PORT={port % 65_535 + 1}"
        )
    if error.errno == errno.EACCES:
        return f"Port {port} is reserved for the system. Choose one from 1024 up: make dev PORT=3000"
    return f"Cannot listen on {host}, port {port}: {error.strerror}. Check HOST and PORT."
