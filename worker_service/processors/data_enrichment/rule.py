"""One rule on one record: what it reads, what it makes of it, and what it says if it cannot."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from shared.job_types.data_enrichment_rules import Input
from worker_service.processors import JobContext, Reject
from worker_service.processors.data_enrichment.kinds import Enricher, enricher, prepared
from worker_service.processors.data_enrichment.value import Unusable

Record = Mapping[str, Any]
Found = dict[str, Any]


@dataclass(frozen=True)
class Rule:
    """A rule of the payload, ready to be applied."""

    name: str
    kind: str
    field: Input | None
    parts: Mapping[str, Input] | None
    options: Mapping[str, Any]
    function: Enricher
    adds: tuple[str, ...]

    @property
    def reference(self) -> dict[str, str]:
        """How answers name it."""
        read = [self.field] if self.field else (self.parts or {}).values()
        return {"as": self.name, "field": ", ".join(map(str, read)), "with": self.kind}


def ready(job: JobContext, asked: Sequence[Mapping[str, Any]]) -> list[Rule]:
    """The rules of a payload. Raises `Reject`, naming the rule, for one whose options cannot be."""
    return [_ready(job, index, rule) for index, rule in enumerate(asked)]


def _ready(job: JobContext, index: int, rule: Mapping[str, Any]) -> Rule:
    known = rule["enrichment"]
    try:
        options = prepared(job, known, rule["options"])
        function = enricher(known)
        return Rule(rule["name"], known.name, rule["field"], rule["parts"], options, function, known.adds)
    except Reject as error:
        raise Reject(f"/enrich/{index} ({known.name}): {error}") from error


def enriched(record: Record, rules: Sequence[Rule]) -> dict[str, Any]:
    """The record, what each rule found, and the problems of those that found nothing."""
    found: dict[str, Found] = {}
    problems: list[dict[str, str]] = []
    for rule in rules:
        try:
            found[rule.name] = _applied(rule, record, found)
        except Unusable as reason:
            problems.append({**rule.reference, "code": reason.code, "message": reason.message})
    return {"record": record, "enriched": found, "problems": problems}


def _applied(rule: Rule, record: Record, found: Mapping[str, Found]) -> Found:
    if rule.field is not None:
        value = _value(rule.field, record, found)
    else:
        value = {part: _value(read, record, found) for part, read in (rule.parts or {}).items()}
    try:
        return rule.function(value, rule.options)
    except Unusable:
        raise
    except Exception as error:  # a library that breaks on one value must not cost the other records
        raise Unusable("failed", f"The enrichment broke on this value ({type(error).__name__}).") from error


def _value(read: Input, record: Record, found: Mapping[str, Found]) -> Any:  # noqa: ANN401 - any JSON value
    source = record if read.rule is None else found.get(read.rule, {})
    if read.member not in source:
        if read.rule is not None:
            raise Unusable("missing", f"The rule {read.rule!r} found nothing in this record.")
        raise Unusable("missing", f"The record has no field {read.member!r}.")
    value = source[read.member]
    if value is None:
        what = "field" if read.rule is None else "member"
        raise Unusable("missing", f"The {what} {str(read)!r} is null.")
    return value
