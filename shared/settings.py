"""All settings, read once at the start, all mistakes reported together. `docs/settings.md` explains each."""

import os
import re
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from environs import Env, FileAwareEnv, validate
from environs.exceptions import EnvValidationError
from marshmallow import ValidationError

from shared.address_gate import AddressGate
from shared.errors import Misconfigured
from shared.file_settings import FileSettings, file_settings
from shared.job import Keep
from shared.limit_settings import limit_settings
from shared.limits import Limits
from shared.names import is_queue
from shared.observing_settings import observing_settings
from shared.webhook_settings import webhook_settings

MiB = 1024 * 1024
GiB = 1024 * MiB
MOST_WEIGHT = 1_000
LEAST_PEPPER = 32  # characters
DAY = 86_400  # seconds
YEAR = 365 * DAY

_RATE = re.compile(r"([1-9][0-9]{0,6})/([0-9]{0,5})([smh])")
_UNITS = {"s": 1, "m": 60, "h": 3_600}  # seconds
_ORIGIN = re.compile(r"\*|https?://[a-z0-9.-]+(:[0-9]{1,5})?|https?://\[[0-9a-f:.]+\](:[0-9]{1,5})?")


@dataclass(frozen=True)
class Rate:
    """How many requests there may be in so many seconds."""

    requests: int
    seconds: int


@dataclass(frozen=True)
class Settings:
    """What an operator decides. Durations are seconds, sizes bytes."""

    host: str
    port: int
    redis_url: str
    data_dir: Path
    files: FileSettings
    plugins: tuple[str, ...]
    queues: Mapping[str, int]  # to weights
    concurrency: int
    children: int
    child_limits: Limits
    drain: float
    linger: float
    max_body: int
    max_connections: int
    head_timeout: float
    body_timeout: float
    idle_timeout: float
    max_wait: float
    log_format: str
    log_level: str
    pepper: str = field(repr=False)  # "" without API keys
    secret: str = field(repr=False)  # "": the store has one
    keep_completed: float
    keep_failed: float
    keep_cancelled: float
    allow_anonymous: bool
    rate_limit: Rate | None
    cors_origins: tuple[str, ...]
    webhook_gate: AddressGate
    webhook_secrets: tuple[str, ...] = field(repr=False)  # the one to sign with first; () without callback URLs
    metrics_port: int  # of a worker; 0: it tells none
    metrics_host: str
    metrics_token: str = field(repr=False)  # "" without
    traces: bool  # whether spans are told to an OpenTelemetry collector
    geoip: str  # "" without
    hash_key: str = field(repr=False)  # "" without
    checkpoint_every: float

    @property
    def keep(self) -> Keep:
        """How long finished jobs are kept."""
        return Keep(self.keep_completed, self.keep_failed, self.keep_cancelled)

    @property
    def files_url(self) -> str:
        """Where files are kept."""
        return self.files.url or (self.data_dir.absolute() / "files").as_uri()

    @property
    def for_processors(self) -> Mapping[str, str]:
        """What processors may know of the settings (`JobContext.configured`), as far as it was set."""
        known = {
            "geoip": self.geoip,
            "hash_key": self.hash_key,
            "checkpoint_every": f"{self.checkpoint_every:g}",
            "networks": ",".join(map(str, self.webhook_gate.opened)),
            "largest_file": str(self.files.largest),
        }
        return {name: value for name, value in known.items() if value}

    @property
    def worker_host(self) -> str:
        """How this machine is called in the names of its workers."""
        return socket.gethostname()


def read_settings() -> Settings:
    """The settings of this process's environment. Raises `Misconfigured`, naming every mistake."""
    env = FileAwareEnv(eager=False)
    try:
        values = _values(env)
        env.seal()
    except EnvValidationError as error:
        raise Misconfigured(_explain(error)) from error
    except (OSError, ValueError) as error:
        raise Misconfigured(f"These settings cannot be used:\n  {error}") from error
    return Settings(**{**values, **_made_of(values)})


def _values(env: Env) -> dict[str, Any]:
    """As they are written. OSError, ValueError: a file that some `NAME_FILE` names cannot be read."""
    positive = validate.Range(min=1)
    timeout = validate.Range(min=0.1, max=86_400)
    return {
        "host": env.str("HOST", "127.0.0.1"),
        "port": env.int("PORT", 3000, validate=validate.Range(min=0, max=65_535)),
        "redis_url": env.str("REDIS_URL", "redis://localhost:6379", validate=_store_url),
        "data_dir": env.path("DMPS_DATA_DIR", Path(".dmps")),
        "files": file_settings(env),
        "plugins": env.list("DMPS_PLUGINS", [], validate=_packages),
        "queues": env.list("DMPS_QUEUES", ["default"], validate=_queues),
        "concurrency": env.int("DMPS_CONCURRENCY", 100, validate=validate.Range(min=1, max=10_000)),
        "children": env.int("DMPS_CHILDREN", os.cpu_count() or 1, validate=validate.Range(min=1, max=1_000)),
        "child_limits": limit_settings(env),
        **_stopping(env),
        "max_body": env.int("DMPS_MAX_BODY", MiB, validate=positive),
        "max_connections": env.int("DMPS_MAX_CONNECTIONS", 10_000, validate=positive),
        "head_timeout": env.float("DMPS_HEAD_TIMEOUT", 10.0, validate=timeout),
        "body_timeout": env.float("DMPS_BODY_TIMEOUT", 10.0, validate=timeout),
        "idle_timeout": env.float("DMPS_IDLE_TIMEOUT", 75.0, validate=timeout),
        "max_wait": env.float("DMPS_MAX_WAIT", 60.0, validate=validate.Range(min=0, max=3_600)),
        "log_format": env.str("DMPS_LOG_FORMAT", "console", validate=validate.OneOf(["console", "json"])),
        "log_level": env.str("DMPS_LOG_LEVEL", "info", validate=validate.OneOf(["debug", "info", "warning", "error"])),
        "pepper": env.str("DMPS_PEPPER", "", validate=_pepper),
        "secret": env.str("DMPS_SECRET", "", validate=_pepper),
        **_keep(env),
        "allow_anonymous": env.bool("DMPS_ALLOW_ANONYMOUS", False),
        "rate_limit": env.str("DMPS_RATE_LIMIT", "", validate=_rate_limit),
        "cors_origins": env.list("DMPS_CORS_ORIGINS", [], validate=_origins),
        **webhook_settings(env),
        **observing_settings(env),
        **_for_processors(env),
    }


def _stopping(env: Env) -> dict[str, Any]:
    """What happens between SIGTERM and the end."""
    return {
        "drain": env.float("DMPS_DRAIN", 25.0, validate=validate.Range(min=0)),
        "linger": env.float("DMPS_LINGER", 0.0, validate=validate.Range(min=0, max=300)),
    }


def _keep(env: Env) -> dict[str, Any]:
    """How long finished jobs are kept."""
    kept = validate.Range(min=0, max=YEAR)
    return {
        "keep_completed": env.float("DMPS_KEEP_COMPLETED", Keep().completed, validate=kept),
        "keep_failed": env.float("DMPS_KEEP_FAILED", Keep().failed, validate=kept),
        "keep_cancelled": env.float("DMPS_KEEP_CANCELLED", Keep().cancelled, validate=kept),
    }


def _for_processors(env: Env) -> dict[str, Any]:
    return {
        "geoip": env.str("DMPS_GEOIP", ""),
        "hash_key": env.str("DMPS_HASH_KEY", "", validate=_pepper),
        "checkpoint_every": env.float("DMPS_CHECKPOINT_EVERY", 2.0, validate=validate.Range(min=0, max=3600)),
    }


def _secret(name: str, value: str) -> str:
    """A secret that was meant to be there, and is not, is not the same as none."""
    if not value.strip() and (name in os.environ or f"{name}_FILE" in os.environ):
        raise Misconfigured(
            f"{name} is set, but empty: without it anybody may do everything. Unset it if that is meant."
        )
    return value.strip()


def _made_of(values: Mapping[str, Any]) -> dict[str, Any]:
    """What is not taken as it is written."""
    return {
        "plugins": tuple(filter(None, map(str.strip, values["plugins"]))),
        "child_limits": Limits(**values["child_limits"]),
        "queues": dict(map(_weighted, values["queues"])),
        "pepper": _secret("DMPS_PEPPER", values["pepper"]),
        "secret": values["secret"].strip(),
        "hash_key": values["hash_key"].strip(),
        "rate_limit": _rate(values["rate_limit"]),
        "cors_origins": tuple(map(str.strip, values["cors_origins"])),
    }


def _packages(names: list[str]) -> None:
    """Between commas there may be nothing, as behind the last one."""
    for name in filter(None, map(str.strip, names)):
        if not all(map(str.isidentifier, name.split("."))):
            raise ValidationError(f"{name!r} is not the name of a package, such as acme_jobs or acme.jobs.")


def _pepper(pepper: str) -> None:
    if pepper and len(pepper.strip()) < LEAST_PEPPER:
        raise ValidationError(f"Must have at least {LEAST_PEPPER} characters; openssl rand -hex 32 makes a good one.")


def _rate(text: str) -> Rate | None:
    """`100/1s` is a hundred requests in a second; `600/m` six hundred in a minute."""
    found = _RATE.fullmatch(text)
    return None if found is None else Rate(int(found[1]), int(found[2] or 1) * _UNITS[found[3]])


def _rate_limit(text: str) -> None:
    rate = _rate(text)
    if text and (rate is None or not 1 <= rate.seconds <= DAY):
        raise ValidationError(
            f"{text!r} is not so many requests in some time of at most a day, such as 100/1s or 600/m."
        )


def _origins(origins: list[str]) -> None:
    for origin in map(str.strip, origins):
        if not _ORIGIN.fullmatch(origin):
            raise ValidationError(f"{origin!r} is not an origin, such as https://example.org, nor * for all of them.")


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
