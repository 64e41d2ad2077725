"""The rules of a `data-enrichment`: one schema for each enrichment, made of its entry in the table."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from marshmallow import Schema, ValidationError, fields, post_load, validate, validates_schema

from shared.job_types.enrichment import ANY_PARTS, Enrichment

MAX_NAME = 200  # characters
MAX_PARTS = 10


class Input(NamedTuple):
    """Where a value comes from: a field of the record, or what an earlier rule wrote."""

    member: str
    rule: str | None = None

    def __str__(self) -> str:
        """As reports name it."""
        return self.member if self.rule is None else f"{self.rule}.{self.member}"


class _Written(Schema):
    """What an earlier rule wrote."""

    rule = fields.String(required=True, metadata={"description": "Its name.", "example": "email"})
    member = fields.String(required=True, metadata={"description": "The member.", "example": "domain"})


class InputField(fields.Field[Input]):
    """A text, the name of a field; or an object that names an earlier rule and a member of what it adds."""

    def __init__(self, **kwargs: Any) -> None:  # noqa: ANN401 - as any field takes
        metadata = kwargs.pop("metadata", {})
        super().__init__(metadata={**metadata, "oneOf": [_NAME_SCHEMA, _WRITTEN_SCHEMA]}, **kwargs)

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> Input:  # noqa: ANN401 - any JSON value
        if isinstance(value, str):
            if not 1 <= len(value) <= MAX_NAME:
                raise ValidationError(f"Must have 1 to {MAX_NAME} characters.")
            return Input(value)
        if not isinstance(value, Mapping):
            raise ValidationError("Must be a field's name, or an object with rule and member.")
        written = _WRITTEN.load(value)
        return Input(written["member"], written["rule"])


_WRITTEN = _Written()
_NAME_SCHEMA = {"type": "string", "minLength": 1, "maxLength": MAX_NAME, "description": "A field of the records."}
_WRITTEN_SCHEMA = {
    "type": "object",
    "description": "A member of what an earlier rule wrote.",
    "properties": {"rule": {"type": "string"}, "member": {"type": "string"}},
    "required": ["rule", "member"],
    "additionalProperties": False,
}


class _Rule(Schema):
    """Read one field, or several, of every record."""

    enrichment: Enrichment  # of each schema that is made of this one

    field = InputField(metadata={"description": "What it reads: a field of the records, or of an earlier rule's."})
    parts = fields.Dict(
        data_key="fields",
        keys=fields.String(
            validate=validate.Length(1, MAX_NAME, error="Must have {min} to {max} characters."),
            metadata={"description": "The value's name."},
        ),
        values=InputField(metadata={"description": "Where the value comes from."}),
        validate=validate.Length(1, MAX_PARTS, error="Must have {min} to {max} members."),
        metadata={"description": "Where each of its values comes from, by the values' names."},
    )
    name = fields.String(
        data_key="as",
        validate=validate.Length(1, MAX_NAME, error="Must have {min} to {max} characters."),
        metadata={
            "description": "The name under which it writes; if left out, the field's name, or else the enrichment's."
            " No two rules share one.",
            "example": "contact",
        },
    )

    @validates_schema
    def _reads_something(self, rule: dict[str, Any], **_: Any) -> None:  # noqa: ANN401 - marshmallow's
        parts = rule.get("parts")
        if ("field" in rule) == (parts is not None):
            allowed = "field or fields" if self.enrichment.parts else "field"
            raise ValidationError(f"Give {allowed}{', not both' if parts is not None else ''}.", "field")
        known = self.enrichment.parts
        if parts is not None and known != ANY_PARTS and set(parts) != set(known):
            raise ValidationError(f"Must have the members {', '.join(known)}, and no others.", "parts")

    @post_load
    def _read(self, rule: dict[str, Any], **_: Any) -> dict[str, Any]:  # noqa: ANN401 - marshmallow's
        field: Input | None = rule.get("field")
        name = self.enrichment.name if field is None or field.rule is not None else field.member
        return {"name": name, "parts": None, "field": None, **rule, "enrichment": self.enrichment}


def rules(table: Mapping[str, Enrichment]) -> Mapping[str, type[Schema]]:
    """The schema of a rule `with` each of these enrichments."""
    return {name: _rule(enrichment) for name, enrichment in table.items()}


def _rule(known: Enrichment) -> type[Schema]:
    class Known(_Rule):
        class Meta:
            """What `_reads_something` checks, for JSON Schema."""

            exclude = () if known.parts else ("parts",)
            json_schema = {  # noqa: RUF012 - read by `api_service.json_schema`
                "description": f"Reads {known.reads}. Adds {', '.join(known.adds)}.",
                "examples": [example_rule(known)],
                **(_EITHER if known.parts else _FIELD),
            }

        enrichment = known

    kind = fields.String(
        data_key="with",
        required=True,
        validate=validate.OneOf((known.name,)),
        metadata={"description": "Which enrichment this is.", "example": known.name},
    )
    options = fields.Nested(
        _options(known), load_default=dict, metadata={"description": "How to read the values.", "example": {}}
    )
    made: type[Schema] = Known.from_dict({"kind": kind, "options": options}, name=_name(known, "Rule"))
    return made


_EITHER = {"oneOf": [{"required": ["field"]}, {"required": ["fields"]}]}
_FIELD = {"required": ["field", "with"]}


def _options(known: Enrichment) -> type[Schema]:
    class Options(Schema):
        class Meta:
            """For JSON Schema, which does not see the docstring."""

            json_schema = {"description": f"How {known.name} reads its values."}  # noqa: RUF012 - same

        error_messages = {  # noqa: RUF012 - as marshmallow declares it
            "unknown": f"{known.name!r} does not take it; it takes {', '.join(sorted(known.options)) or 'no options'}."
        }

    made: type[Schema] = Options.from_dict(dict(known.options), name=_name(known, "Options"))
    return made


def _name(known: Enrichment, suffix: str) -> str:
    """What the schema is called in OpenAPI."""
    return "".join(map(str.title, known.name.split("-"))) + suffix


def example_rule(known: Enrichment) -> dict[str, Any]:
    """A rule that reads `example_record`."""
    if isinstance(known.example, Mapping):
        reads: dict[str, Any] = {"fields": {part: part for part in known.example}}
    else:
        reads = {"field": "value"}
    return {**reads, "with": known.name, "as": "found", "options": dict(known.example_options)}


def example_record(known: Enrichment) -> dict[str, Any]:
    """A record for `example_rule`."""
    return dict(known.example) if isinstance(known.example, Mapping) else {"value": known.example}
