"""What an enrichment is, for both services; a plug-in's own are values of this class, too.

An `Enrichment` at the top level of a plug-in's `job_types` (or of a module in it) is found by `shared.discovery`, and
is then a word for `with`, described and checked like ours. `docs/operations/enrichment.md` shows one.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from marshmallow.fields import Field

from shared.errors import Misconfigured
from shared.names import NAME, NAME_RULE

ANY_PARTS = ("*",)  # named by the rule, as many as it likes


@dataclass(frozen=True)
class Enrichment:
    """What one enrichment reads and what it adds. Raises `Misconfigured`."""

    name: str  # as it stands in `with`: lower case, digits and hyphens
    reads: str  # for people
    adds: tuple[str, ...]  # the members of its object, all of them always there; `normalized` is the first
    example: Any  # a value that it reads; of one that reads several, an object of them
    options: Mapping[str, Field[Any]] = field(default_factory=dict)
    parts: tuple[str, ...] = ()  # the names of the values it reads, if it reads several
    example_options: Mapping[str, Any] = field(default_factory=dict)
    needs: str = ""  # what its example needs besides, for people
    work: str = ""  # of a plug-in: where the worker finds the function, `package.module:function`

    def __post_init__(self) -> None:
        """Names stand in payloads; a result without `normalized` would not be like the others."""
        if not NAME.fullmatch(self.name):
            raise Misconfigured(f"{self.name!r} is no name for an enrichment: {NAME_RULE}.")
        if self.adds[:1] != ("normalized",) or len(set(self.adds)) < len(self.adds):
            raise Misconfigured(f"The enrichment {self.name!r} must add `normalized` first, and each member once.")


def by_name(enrichments: tuple[Enrichment, ...]) -> Mapping[str, Enrichment]:
    """A table of them. Raises `Misconfigured` for two of one name."""
    table = {enrichment.name: enrichment for enrichment in enrichments}
    if len(table) < len(enrichments):
        names = [enrichment.name for enrichment in enrichments]
        twice = sorted({name for name in names if names.count(name) > 1})
        raise Misconfigured(f"Two enrichments are named {twice[0]!r}.")
    return MappingProxyType(table)


PROBLEMS: Mapping[str, str] = MappingProxyType(
    {
        "missing": "the record has no such field, or it is null, or an earlier rule found nothing",
        "wrong_type": "the value is not of a type that the enrichment reads",
        "empty": "the value is an empty text",
        "too_long": "the value is longer than anything of its kind",
        "invalid": "the value is not one of its kind",
        "unknown": "the value may be one of its kind, but the local data has none such",
        "ambiguous": "the value can be read in several ways; an option may settle it",
        "failed": "the enrichment broke on the value, which is a mistake in the enrichment",
    }
)
