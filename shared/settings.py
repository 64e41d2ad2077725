"""All settings, read once at the start, all mistakes reported together. `docs/settings.md` explains each."""

import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from environs import FileAwareEnv, validate
from environs.exceptions import EnvValidationError
from marshmallow import ValidationError

from shared.errors import Misconfigured
from shared.names import is_queue

MiB = 1024 * 1024
GiB = 1024 * MiB
MOST_WEIGHT = 1_000


@dataclass(frozen=True)
class Settings:
    """What an operator decides. Durations are seconds, sizes bytes."""

    host: str
    port: int
    redis_url: str
    data_dir: Path
    plugins: tuple[str, ...]
    queues: Mapping[str, int]  # to weights
    concurrency: int
    children: int
    child_memory: int
    drain: float
    max_body: int
    max_upload: int
    max_connections: int
    head_timeout: float
    body_timeout: float
    idle_timeout: float
    max_wait: float
    log_format: str
    log_level: str

    @property
    def files_url(self) -> str:
        """Where files are kept."""
        return (self.data_dir.absolute() / "files").as_uri()

    @property
    def worker_host(self) -> str:
        """How this machine is called in the names of its workers."""
        return socket.gethostname()


def read_settings() -> Settings:
    """The settings of this process's environment. Raises `Misconfigured`, naming every mistake."""
    env = FileAwareEnv(eager=False)
    positive = validate.Range(min=1)
    timeout = validate.Range(min=0.1, max=86_400)
    values: dict[str, Any] = {
        "host": env.str("HOST", "127.0.0.1"),
        "port": env.int("PORT", 3000, validate=validate.Range(min=0, max=65_535)),
        "redis_url": env.str("REDIS_URL", "redis://localhost:6379", validate=_store_url),
        "data_dir": env.path("DMPS_DATA_DIR", Path(".dmps")),
        "plugins": env.list("DMPS_PLUGINS", []),
        "queues": env.list("DMPS_QUEUES", ["default"], validate=_queues),
        "concurrency": env.int("DMPS_CONCURRENCY", 100, validate=validate.Range(min=1, max=10_000)),
        "children": env.int("DMPS_CHILDREN", os.cpu_count() or 1, validate=validate.Range(min=1, max=1_000)),
        "child_memory": env.int("DMPS_CHILD_MEMORY", GiB, validate=validate.Range(min=64 * MiB)),
        "drain": env.float("DMPS_DRAIN", 25.0, validate=validate.Range(min=0)),
        "max_body": env.int("DMPS_MAX_BODY", MiB, validate=positive),
        "max_upload": env.int("DMPS_MAX_UPLOAD", GiB, validate=positive),
        "max_connections": env.int("DMPS_MAX_CONNECTIONS", 10_000, validate=positive),
        "head_timeout": env.float("DMPS_HEAD_TIMEOUT", 10.0, validate=timeout),
        "body_timeout": env.float("DMPS_BODY_TIMEOUT", 10.0, validate=timeout),
        "idle_timeout": env.float("DMPS_IDLE_TIMEOUT", 75.0, validate=timeout),
        "max_wait": env.float("DMPS_MAX_WAIT", 60.0, validate=validate.Range(min=0, max=3_600)),
        "log_format": env.str("DMPS_LOG_FORMAT", "console", validate=validate.OneOf(["console", "json"])),
        "log_level": env.str("DMPS_LOG_LEVEL", "info", validate=validate.OneOf(["debug", "info", "warning", "error"])),
    }
    try:
        env.seal()
    except EnvValidationError as error:
        raise Misconfigured(_explain(error)) from error
    queues = dict(map(_weighted, values["queues"]))
    return Settings(**{**values, "plugins": tuple(values["plugins"]), "queues": queues})


def _weighted(queue: str) -> tuple[str, int]:
    """`images:3` is the queue `images`, three times as heavy as `images` alone."""
    name, _, weight = queue.strip().partition(":")
    return name, int(weight or 1)


def _queues(queues: list[str]) -> None:
    for queue in queues:
        try:
            name, weight = _weighted(queue)
        except ValueError:
            name, weight = "", 0
        if not is_queue(name) or not 1 <= weight <= MOST_WEIGHT:
            raise ValidationError(f"{queue!r} is not a queue, or a queue and a weight, such as images or images:3.")
    if len({_weighted(queue)[0] for queue in queues}) < len(queues) or not queues:
        raise ValidationError("Name at least one queue, and each once.")


def _store_url(url: str) -> None:
    if urlsplit(url).scheme not in {"redis", "rediss", "unix"}:
        raise ValidationError("Must begin with redis://, rediss:// or unix://.")


def _explain(error: EnvValidationError) -> str:
    messages = error.error_messages
    by_name = messages if isinstance(messages, Mapping) else {"?": messages}
    lines = [f"  {name}: {' '.join(map(str, problems))}" for name, problems in by_name.items()]
    return "\n".join(["These settings cannot be used:", *lines])
