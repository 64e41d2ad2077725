"""The contract of a job type: what its payload and result look like, and its defaults.

A module of this package (or of a plug-in) holds a `JobType` as a module-level value; `shared.discovery` collects them.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from marshmallow import RAISE, Schema

from shared.errors import Misconfigured
from shared.retry import RetryPolicy

_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?")
_NAME_RULE = "1 to 64 lower-case letters, digits and inner hyphens"


@dataclass(frozen=True)
class JobType:
    """What both services know of a kind of job. The first line of the payload schema's docstring describes it."""

    name: str  # as in a URL: lower case, digits and hyphens
    payload: type[Schema]
    result: type[Schema] | None = None
    timeout: float = 60.0  # seconds an attempt may run
    max_attempts: int = 3
    retry: RetryPolicy = field(default_factory=RetryPolicy)

    def __post_init__(self) -> None:
        """The name stands in URLs and keys. Raises `Misconfigured`."""
        if not _NAME.fullmatch(self.name):
            raise Misconfigured(f"{self.name!r} is no name for a job type: {_NAME_RULE}.")

    def load_payload(self, payload: Mapping[str, Any]) -> dict[str, Any]:
        """The payload as its processor gets it. Raises `marshmallow.ValidationError`."""
        loaded: dict[str, Any] = self.payload_schema.load(payload)
        return loaded

    @cached_property
    def payload_schema(self) -> Schema:
        """Made once: a schema costs far more to make than to use."""
        return self.payload(unknown=RAISE)

    @property
    def summary(self) -> str:
        """One line for people."""
        return (self.payload.__doc__ or self.name).strip().splitlines()[0]
