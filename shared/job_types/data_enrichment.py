"""The contract of `data-enrichment`: records in, and beside each of them what local data says of its fields.

A rule reads one field of every record `with` one enrichment and writes what it found under a name of its own (`as`,
by default the field's name). The record itself comes back untouched, so that no field of its own can be overwritten:

    {"record": {"email": "Info@BÜCHER.de", "phone": "call me"},
     "enriched": {"email": {"normalized": "info@bücher.de", "role": true, ...}},
     "problems": [{"as": "phone", "field": "phone", "with": "phone", "code": "invalid", "message": "..."}]}

Every rule leaves exactly one of the two in every record: an object under its name in `enriched`, or one of `problems`.
`report` counts them by rule. Within an enriched object the first member, `normalized`, is the value in its canonical
form, equal for equal things; a member that is not known of a value is null, never left out.

Rules are applied in their order. One may read what an earlier one wrote (`{"rule": "email", "member": "domain"}` in
place of a field's name), and some read several values (`fields`). The records come in the payload, or in a file; then
so do the results. `shared.job_types.enrichments` is the table of the enrichments; plug-ins add theirs.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from marshmallow import Schema, ValidationError, fields, validates_schema

from shared.job_types import JobType, Widening
from shared.job_types.data_enrichment_result import DataEnrichmentResult
from shared.job_types.data_enrichment_rules import Input, example_record, example_rule, rules
from shared.job_types.enrichment import Enrichment, by_name
from shared.job_types.enrichment_options import file_id, word
from shared.job_types.enrichments import ENRICHMENTS
from shared.job_types.sources import check_one, data_uri, source_schema, url
from shared.schemas.fields import List
from shared.schemas.variants import Variants

MAX_RECORDS = 10_000  # a job; more come in a file
MAX_RULES = 50  # a job
MAX_VALUES = 50_000  # records times rules, a job; it bounds the time and the size of the result
FORMATS = ("csv", "jsonl", "parquet")


class Source(Schema):
    """A file of records, one a line or row, and the file that is to be written."""

    class Meta:
        """What `_is_one` checks, for JSON Schema."""

        json_schema = source_schema()

    file_id = file_id("The file to read, uploaded with POST /api/files.", data_key="fileId")
    data_uri, url = data_uri(), url()
    format = word(FORMATS, "What it is; told from its first bytes if left out.", "csv")
    output = word(FORMATS, "What is to be written; JSON Lines if left out.", "jsonl")

    @validates_schema
    def _is_one(self, asked: dict[str, Any], **_: Any) -> None:  # noqa: ANN401 - marshmallow's
        check_one(asked)


class _Payload(Schema):
    """Normalise and enrich records from local data: contacts, codes, numbers, places, times, texts."""

    records = List(
        fields.Dict(
            metadata={
                "description": "Any object; only the fields that a rule names are read.",
                "example": {"email": "info@example.com"},
            }
        ),
        min_length=1,
        max_length=MAX_RECORDS,
        metadata={
            "description": f"The records; times the rules, at most {MAX_VALUES:,}. More come in a `file`.",
            "example": [{"name": "Ada", "email": "Info@BÜCHER.de", "phone": "030 901820"}],
        },
    )
    file = fields.Nested(Source, metadata={"description": "The records, in place of `records`."})

    @validates_schema
    def _one_source(self, payload: dict[str, Any], **_: Any) -> None:  # noqa: ANN401 - marshmallow's
        if ("records" in payload) == ("file" in payload):
            raise ValidationError("Give records or file, and not both.", "records")

    @validates_schema
    def _bounded(self, payload: dict[str, Any], **_: Any) -> None:  # noqa: ANN401 - marshmallow's
        values = len(payload.get("records", ())) * len(payload["enrich"])
        if values > MAX_VALUES:
            error = f"Records times rules must be at most {MAX_VALUES:,}, not {values:,}: send them in a file."
            raise ValidationError(error, "records")

    @validates_schema
    def _rules_fit(self, payload: dict[str, Any], **_: Any) -> None:  # noqa: ANN401 - marshmallow's
        asked = payload["enrich"]
        errors: dict[int, dict[str, Any]] = {}
        for index, rule in enumerate(asked):
            if error := _misfit(rule, asked[:index]):
                errors[index] = error
        if errors:
            raise ValidationError({"enrich": errors})


def _misfit(rule: Mapping[str, Any], earlier: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    if any(rule["name"] == other["name"] for other in earlier):
        return {"as": [f"An earlier rule writes to {rule['name']!r}; give this one another name."]}
    if any(_work(rule) == _work(other) for other in earlier):
        return {"with": ["An earlier rule does the same; leave this one out."]}
    adds = {other["name"]: other["enrichment"].adds for other in earlier}
    if rule["field"] is not None:
        error = _unwritten(rule["field"], adds)
        return {"field": error} if error else {}
    wrong = {part: {"value": error} for part, read in rule["parts"].items() if (error := _unwritten(read, adds))}
    return {"fields": wrong} if wrong else {}


def _unwritten(read: Input, adds: Mapping[str, tuple[str, ...]]) -> dict[str, list[str]]:
    """What is wrong with an input that is to come from an earlier rule."""
    if read.rule is None:
        return {}
    if read.rule not in adds:
        return {"rule": ["No earlier rule has this name."]}
    if read.member not in adds[read.rule]:
        return {"member": [f"It is none of what that rule adds: {', '.join(adds[read.rule])}."]}
    return {}


def _work(rule: Mapping[str, Any]) -> tuple[Any, ...]:
    return rule["field"], rule["parts"], rule["kind"], rule["options"]


def payload_of(table: Mapping[str, Enrichment]) -> type[Schema]:
    """The schema of a payload whose rules may use these enrichments."""

    class DataEnrichmentPayload(_Payload):
        class Meta:
            """What `_one_source` checks, for JSON Schema; and an example of each enrichment."""

            json_schema = {  # noqa: RUF012 - read by `api_service.json_schema`
                "oneOf": [{"required": ["records"]}, {"required": ["file"]}],
                "examples": [
                    {"records": [example_record(known)], "enrich": [example_rule(known)]} for known in table.values()
                ],
            }

        enrich = List(
            Variants("with", rules(table), metadata={"description": "One rule; its member `with` says which."}),
            required=True,
            min_length=1,
            max_length=MAX_RULES,
            metadata={
                "description": "The rules, in the order in which they are applied.",
                "example": [
                    {"field": "email", "with": "email"},
                    {"field": "phone", "with": "phone", "options": {"region": "DE"}},
                ],
            },
        )

    DataEnrichmentPayload.__doc__ = _Payload.__doc__
    return DataEnrichmentPayload


def job_type(added: Sequence[Enrichment] = ()) -> JobType:
    """The job type with these enrichments besides ours. Raises `Misconfigured` for two of one name."""
    return JobType(
        "data-enrichment",
        payload=payload_of(by_name((*ENRICHMENTS.values(), *added))),
        result=DataEnrichmentResult,
        timeout=300,
        widening=Widening(Enrichment, job_type),
    )


DATA_ENRICHMENT = job_type()
