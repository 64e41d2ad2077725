"""What a `data-enrichment` answers: the records or a file of them, and how each rule fared."""

from collections.abc import Mapping

from marshmallow import Schema, fields

from shared.job_types.enrichment import PROBLEMS
from shared.schemas.fields import Integer

MAX_FAILURES = 100


def _listed(meanings: Mapping[str, str]) -> str:
    return "; ".join(f"`{name}`: {meaning}" for name, meaning in meanings.items())


class _RuleReference(Schema):
    """Which rule is meant."""

    name = fields.String(data_key="as", required=True, metadata={"description": "Its name.", "example": "phone"})
    field = fields.String(
        required=True,
        metadata={
            "description": "What it reads; several fields with commas, another rule's as `rule.member`.",
            "example": "phone",
        },
    )
    kind = fields.String(data_key="with", required=True, metadata={"description": "How.", "example": "phone"})


class Problem(_RuleReference):
    """What a rule could not do for a record."""

    code = fields.String(required=True, metadata={"description": f"{_listed(PROBLEMS)}.", "example": "invalid"})
    message = fields.String(
        required=True,
        metadata={"description": "What was wrong and what to do.", "example": "This is not a telephone number."},
    )


class Failure(Schema):
    """What was wrong with one record of a file."""

    record = Integer(
        required=True, metadata={"description": "Which one it is in the file, from 0, without a header.", "example": 17}
    )
    name = fields.String(
        data_key="as", metadata={"description": "The rule; none if the record could not be read.", "example": "phone"}
    )
    field = fields.String(metadata={"description": "What the rule reads.", "example": "phone"})
    kind = fields.String(data_key="with", metadata={"description": "How.", "example": "phone"})
    code = fields.String(
        required=True,
        metadata={"description": "As among the problems of a record, or `unreadable`.", "example": "invalid"},
    )
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
            "description": "By the rules' names, the members that the rule's description lists.",
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

    filled = Integer(required=True, metadata={"description": "How many records it enriched.", "example": 1})
    absent = Integer(
        required=True, metadata={"description": "How many had nothing to read: missing or empty.", "example": 1}
    )
    invalid = Integer(
        required=True, metadata={"description": "How many had something that was of no use.", "example": 0}
    )
    problems = fields.Dict(
        keys=fields.String(metadata={"description": "The problem's code.", "example": "missing"}),
        values=Integer(metadata={"description": "The count.", "example": 1}),
        required=True,
        metadata={"description": "How many it did not, by the problem's code.", "example": {"missing": 1}},
    )


class EnrichedFile(Schema):
    """The file that was written, to be had from GET /api/files/{fileId}."""

    file_id = fields.String(
        data_key="fileId",
        required=True,
        metadata={"description": "The new file.", "format": "uuid", "example": "01932c5e-7a3b-7c4d-8e5f-0123456789ab"},
    )
    format = fields.String(required=True, metadata={"description": "As asked for.", "example": "jsonl"})
    bytes = Integer(required=True, metadata={"description": "Its size.", "example": 123_456})
    sha256 = fields.String(required=True, metadata={"description": "Of its content.", "example": "9f86d081..."})
    records = Integer(required=True, metadata={"description": "How many are in it.", "example": 1_000_000})
    unreadable = Integer(
        required=True,
        metadata={"description": "How many of the source are not, for they could not be read.", "example": 0},
    )


class DataEnrichmentResult(Schema):
    """The records in their order, or a file of them, and a report of each rule."""

    records = fields.List(
        fields.Nested(EnrichedRecord), metadata={"description": "One for each of the payload's `records`."}
    )
    file = fields.Nested(EnrichedFile, metadata={"description": "If the records came in a file."})
    failures = fields.List(
        fields.Nested(Failure), metadata={"description": f"The first {MAX_FAILURES}, if the records came in a file."}
    )
    report = fields.List(fields.Nested(RuleReport), required=True, metadata={"description": "One for each rule."})
