"""The contract of `data-enrichment`: records in, and beside each of them what local data says of its fields.

A rule reads one field of every record `with` one enrichment and writes what it found under a name of its own (`as`,
by default the field's name). The record itself comes back untouched, so that no field of its own can be overwritten:

    {"record": {"email": "Info@BÜCHER.de", "phone": "call me"},
     "enriched": {"email": {"normalized": "info@bücher.de", "role": true, ...}},
     "problems": [{"as": "phone", "field": "phone", "with": "phone", "code": "invalid", "message": "..."}]}

Every rule leaves exactly one of the two in every record: an object under its name in `enriched`, or one of `problems`.
`report` counts them by rule. Within an enriched object the first member, `normalized`, is the value in its canonical
form, equal for equal things; a member that is not known of a value is null, never left out.

`shared.job_types.enrichments` is the table of the enrichments.
"""

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, ValidationError, fields, post_load, validate, validates_schema

from shared.job_types import JobType
from shared.job_types.enrichments import ENRICHMENTS, LANGUAGES, ORDERS, PROBLEMS, REGIONS, UNITS
from shared.schemas.fields import List

MAX_RECORDS = 10_000  # a job
MAX_RULES = 50  # a job
MAX_VALUES = 50_000  # records times rules, a job; it bounds the time and the size of the result
MAX_NAME = 200  # characters
MAX_LANGUAGES = 5


def _listed(meanings: Mapping[str, str]) -> str:
    return "; ".join(f"`{name}`: {meaning}" for name, meaning in meanings.items())


class RuleOptions(Schema):
    """How a rule reads its values; each enrichment takes its own options only."""

    region = fields.String(
        validate=validate.OneOf(REGIONS, error="Must be a region's two-letter code in capitals, as in DE."),
        metadata={"description": "`phone`: where numbers without a country code belong.", "example": "DE"},
    )
    order = fields.String(
        validate=validate.OneOf(ORDERS, error="Must be one of: {choices}."),
        metadata={
            "description": "`timestamp`: the order of day, month and year where all are numbers. Without it, a date"
            " that can be read in several ways is a problem.",
            "example": "DMY",
        },
    )
    languages = List(
        fields.String(
            validate=validate.OneOf(LANGUAGES, error="Must be one of: {choices}."),
            metadata={"description": "Its code by ISO 639.", "example": "en"},
        ),
        min_length=1,
        max_length=MAX_LANGUAGES,
        metadata={"description": "`timestamp`: the languages of its words; English by default.", "example": ["en"]},
    )
    unit = fields.String(
        validate=validate.OneOf(UNITS, error="Must be one of: {choices}."),
        metadata={
            "description": "`timestamp`: all values are Unix times in this unit, as numbers or texts. Without it, a"
            " number is a Unix time in seconds and a text is a date.",
            "example": "milliseconds",
        },
    )


class Rule(Schema):
    """Read one field of every record with one enrichment."""

    class Meta:
        """What `_options_of_its_own` checks, for JSON Schema."""

        json_schema = {  # noqa: RUF012 - read by `api_service.json_schema`
            "allOf": [
                {
                    "if": {"properties": {"with": {"const": kind}}},
                    "then": {"properties": {"options": {"propertyNames": {"enum": sorted(known.options)}}}},
                }
                for kind, known in ENRICHMENTS.items()
            ]
        }

    field = fields.String(
        required=True,
        validate=validate.Length(1, MAX_NAME, error="Must have {min} to {max} characters."),
        metadata={"description": "The field's name, as it stands in the records.", "example": "email"},
    )
    kind = fields.String(
        data_key="with",
        required=True,
        validate=validate.OneOf(tuple(ENRICHMENTS), error="Must be one of: {choices}."),
        metadata={
            "description": f"What the field holds. {_listed({k: e.reads for k, e in ENRICHMENTS.items()})}.",
            "example": "email",
        },
    )
    name = fields.String(
        data_key="as",
        validate=validate.Length(1, MAX_NAME, error="Must have {min} to {max} characters."),
        metadata={
            "description": "The name under which the rule writes; the field's name if left out. No two share one.",
            "example": "email",
        },
    )
    options = fields.Nested(
        RuleOptions, load_default=dict, metadata={"description": "How to read the values.", "example": {}}
    )

    @validates_schema
    def _options_of_its_own(self, rule: dict[str, Any], **_: Any) -> None:  # noqa: ANN401 - marshmallow's
        takes = sorted(ENRICHMENTS[rule["kind"]].options)
        error = f"{rule['kind']!r} does not take it; it takes {', '.join(takes) or 'no options'}."
        if strange := set(rule["options"]) - set(takes):
            raise ValidationError({"options": {option: [error] for option in sorted(strange)}})

    @post_load
    def _named(self, rule: dict[str, Any], **_: Any) -> dict[str, Any]:  # noqa: ANN401 - marshmallow's
        return {"name": rule["field"], **rule}


class DataEnrichmentPayload(Schema):
    """Normalise and enrich records from local data: e-mail, phone, country, URL, IP address, time stamp."""

    records = List(
        fields.Dict(
            metadata={
                "description": "Any object; only the fields that a rule names are read.",
                "example": {"email": "info@example.com"},
            }
        ),
        required=True,
        min_length=1,
        max_length=MAX_RECORDS,
        metadata={
            "description": f"The records; times the rules, at most {MAX_VALUES:,}.",
            "example": [{"name": "Ada", "email": "Info@BÜCHER.de", "phone": "030 901820"}],
        },
    )
    enrich = List(
        fields.Nested(Rule),
        required=True,
        min_length=1,
        max_length=MAX_RULES,
        metadata={
            "description": "The rules.",
            "example": [
                {"field": "email", "with": "email"},
                {"field": "phone", "with": "phone", "options": {"region": "DE"}},
            ],
        },
    )

    @validates_schema
    def _bounded(self, payload: dict[str, Any], **_: Any) -> None:  # noqa: ANN401 - marshmallow's
        values = len(payload["records"]) * len(payload["enrich"])
        if values > MAX_VALUES:
            error = f"Records times rules must be at most {MAX_VALUES:,}, not {values:,}: split the records."
            raise ValidationError(error, "records")

    @validates_schema
    def _rules_differ(self, payload: dict[str, Any], **_: Any) -> None:  # noqa: ANN401 - marshmallow's
        rules = payload["enrich"]
        errors: dict[int, dict[str, list[str]]] = {}
        for index, rule in enumerate(rules):
            earlier = rules[:index]
            if any(rule["name"] == other["name"] for other in earlier):
                errors[index] = {"as": [f"An earlier rule writes to {rule['name']!r}; give this one another name."]}
            elif any(_work(rule) == _work(other) for other in earlier):
                errors[index] = {"with": ["An earlier rule does the same; leave this one out."]}
        if errors:
            raise ValidationError({"enrich": errors})


def _work(rule: Mapping[str, Any]) -> tuple[Any, ...]:
    return rule["field"], rule["kind"], rule["options"]


class _RuleReference(Schema):
    """Which rule is meant."""

    name = fields.String(data_key="as", required=True, metadata={"description": "Its name.", "example": "phone"})
    field = fields.String(required=True, metadata={"description": "What it reads.", "example": "phone"})
    kind = fields.String(data_key="with", required=True, metadata={"description": "How.", "example": "phone"})


class Problem(_RuleReference):
    """What a rule could not do for a record."""

    code = fields.String(required=True, metadata={"description": f"{_listed(PROBLEMS)}.", "example": "invalid"})
    message = fields.String(
        required=True,
        metadata={"description": "What was wrong and what to do.", "example": "This is not a telephone number."},
    )


class EnrichedRecord(Schema):
    """One record and what was found of it."""

    record = fields.Dict(required=True, metadata={"description": "As it came.", "example": {"email": "a@example.com"}})
    enriched = fields.Dict(
        keys=fields.String(metadata={"description": "The rule's name.", "example": "email"}),
        values=fields.Dict(metadata={"description": "What it added.", "example": {"normalized": "a@example.com"}}),
        required=True,
        metadata={
            "description": "By the rules' names. "
            + " ".join(f"`{kind}` adds {', '.join(e.adds)}." for kind, e in ENRICHMENTS.items()),
            "example": {"email": {"normalized": "a@example.com", "role": False}},
        },
    )
    problems = fields.List(
        fields.Nested(Problem),
        required=True,
        metadata={"description": "One for each rule that added nothing.", "example": []},
    )


class RuleReport(_RuleReference):
    """How one rule fared over all records."""

    filled = fields.Integer(
        strict=True, required=True, metadata={"description": "How many records it enriched.", "example": 1}
    )
    problems = fields.Dict(
        keys=fields.String(metadata={"description": "The problem's code.", "example": "missing"}),
        values=fields.Integer(strict=True, metadata={"description": "The count.", "example": 1}),
        required=True,
        metadata={"description": "How many it did not, by the problem's code.", "example": {"missing": 1}},
    )


class DataEnrichmentResult(Schema):
    """The records in their order, and a report of each rule."""

    records = fields.List(
        fields.Nested(EnrichedRecord), required=True, metadata={"description": "One for each record."}
    )
    report = fields.List(fields.Nested(RuleReport), required=True, metadata={"description": "One for each rule."})


DATA_ENRICHMENT = JobType("data-enrichment", payload=DataEnrichmentPayload, result=DataEnrichmentResult, timeout=300)
