"""The contract of a job type: what its payload and result look like, and its defaults.

A module of this package (or of a plug-in) holds a `JobType` as a module-level value; `shared.discovery` collects them.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from marshmallow import RAISE, Schema
from msgspec.structs import asdict

from shared.errors import Misconfigured
from shared.job import DEFAULT_QUEUE, Keep
from shared.names import NAME, NAME_RULE, is_queue
from shared.retry import RetryPolicy


@dataclass(frozen=True)
class Widening:
    """How plug-ins add to a type of ours: the class of the values they hold, and what makes the wider type of them."""

    kind: type[Any]
    widened: "Callable[[Sequence[Any]], JobType]"


@dataclass(frozen=True)
class JobType:
    """What both services know of a kind of job. The first line of the payload schema's docstring describes it."""

    name: str  # as in a URL: lower case, digits and hyphens
    payload: type[Schema]
    result: type[Schema] | None = None
    timeout: float = 60.0  # seconds an attempt may run
    max_attempts: int = 3
    retry: RetryPolicy = field(default_factory=RetryPolicy)
    retry_on: Mapping[type[BaseException], RetryPolicy | None] = field(default_factory=dict)  # None: never again
    queue: str = DEFAULT_QUEUE  # where its jobs wait, unless the caller says otherwise
    heartbeat: float | None = None  # seconds an attempt may go without telling of its work
    keep_for: float | Mapping[str, float] | None = None  # seconds that finished jobs are kept, or by their status
    widening: Widening | None = None

    def __post_init__(self) -> None:
        """The names stand in URLs and keys. Raises `Misconfigured`."""
        if not NAME.fullmatch(self.name):
            raise Misconfigured(f"{self.name!r} is no name for a job type: {NAME_RULE}.")
        if not is_queue(self.queue):
            raise Misconfigured(f"{self.queue!r} is no name for a queue: {NAME_RULE}, and not our own.")
        if isinstance(self.keep_for, Mapping) and not self.keep_for.keys() <= set(Keep.__struct_fields__):
            raise Misconfigured(f"keep_for of {self.name} names what is not a last status of a job.")

    def keeping(self, default: Keep) -> "JobType":
        """The same type, whose jobs are kept as that says unless it says otherwise itself."""
        return replace(self, keep_for={**asdict(default), **_by_status(self.keep_for)})

    @property
    def keep(self) -> Keep | None:
        """How long its finished jobs are kept; None where the lifecycle decides."""
        asked = Keep(**_by_status(self.keep_for))
        return None if asked == Keep() else asked

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


def _by_status(keep_for: float | Mapping[str, float] | None) -> dict[str, float]:
    if keep_for is None:
        return {}
    return dict(keep_for) if isinstance(keep_for, Mapping) else dict.fromkeys(Keep.__struct_fields__, keep_for)
