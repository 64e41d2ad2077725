"""A pytest plugin for arq's suite: where arq starts a Redis in Docker, there is our embedded Valkey."""

import gc
import os
import sys
from types import ModuleType
from typing import Self

PORT = "ARQ_SUITE_PORT"


class RedisContainer:
    """As far as arq's `conftest.py` uses testcontainers' class."""

    port = 6379  # inside the container

    def __init__(self, image: str) -> None:
        self.image = image

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def get_container_host_ip(self) -> str:
        return "127.0.0.1"

    def get_exposed_port(self, _: int) -> int:
        return int(os.environ[PORT])


_module = ModuleType("testcontainers.redis")
_module.RedisContainer = RedisContainer  # type: ignore[attr-defined] # a module is made by hand nowhere else
sys.modules["testcontainers.redis"] = _module


def pytest_runtest_setup() -> None:
    """What a test has left behind is complained of now, not in the captured log of a later test."""
    gc.collect()
