"""The contract of `file-processing`: a pipeline of operations on one file, which may branch into several outputs.

Each operation works on what the one before it left. A picture is turned upright by its EXIF orientation before the
first operation sees it. Reports change nothing: they tell of the file as it stands there. If any operation changed it,
it is written once, at the end, as a new file, by default without EXIF, XMP and IPTC (no place, no camera, no name
leaves with it; a colour profile stays). So `outputs` of the result has one entry, or none after reports alone.
Animations (GIF, WebP) and pages (TIFF) keep their frames until they are converted to a format without.

With `outputs` in the payload, each of them goes on from what `operations` left, all from one decode, and is written
under its name; what `operations` left is not written itself. An output without operations writes it as it is.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from shared.job_types import JobType
from shared.job_types.file_operations import OPERATIONS
from shared.job_types.file_result import FileProcessingResult
from shared.job_types.operation_fields import file_id
from shared.job_types.pipelines import refuse_mixed_families
from shared.job_types.sources import check_one, data_uri, source_schema, url
from shared.schemas.fields import List
from shared.schemas.variants import Variants

MAX_OPERATIONS = 20
MAX_OUTPUTS = 10


def _operations(description: str, example: list[dict[str, Any]], **kwargs: Any) -> List:  # noqa: ANN401 - any field's
    return List(
        Variants("operation", OPERATIONS, metadata={"description": "One step; its member `operation` says which."}),
        max_length=MAX_OPERATIONS,
        metadata={"description": description, "example": example},
        **kwargs,
    )


class AskedOutput(Schema):
    """One of several files that are made of one."""

    name = fields.String(
        required=True,
        validate=validate.Regexp(
            r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}\Z", error="Must be 1 to 64 letters, digits or ._-, first no sign."
        ),
        metadata={"description": "What it is called in the result.", "example": "small"},
    )
    operations = _operations(
        "The steps that make it of what the pipeline's own operations left.",
        [{"operation": "resize", "width": 400}],
        required=True,
    )


class FileProcessingPayload(Schema):
    """Work on an uploaded file: resize, convert or cut a picture, report its facts, compute its checksum."""

    class Meta:
        """What `_does_something` and `_has_a_source` check, for JSON Schema."""

        json_schema = {  # noqa: RUF012 - read by `api_service.json_schema`
            "anyOf": [{"properties": {"operations": {"minItems": 1}}}, {"required": ["outputs"]}],
            **source_schema(),
        }

    file_id = file_id("The file to work on, uploaded with POST /api/files, or an output of another job.")
    data_uri, url = data_uri(), url()
    operations = _operations(
        "The steps, in order; each works on what the one before it left. May be empty beside `outputs`.",
        [{"operation": "resize", "width": 800, "height": 600, "fit": "inside"}],
        required=True,
    )
    outputs = List(
        fields.Nested(AskedOutput),
        min_length=1,
        max_length=MAX_OUTPUTS,
        metadata={
            "description": "Several files of one decode, each going on from what `operations` left.",
            "example": [{"name": "small", "operations": [{"operation": "resize", "width": 400}]}],
        },
    )

    @validates_schema
    def _has_a_source(self, payload: dict[str, Any], **_: Any) -> None:  # noqa: ANN401 - marshmallow's
        check_one(payload)

    @validates_schema
    def _does_something(self, payload: dict[str, Any], **_: Any) -> None:  # noqa: ANN401 - marshmallow's
        if not payload["operations"] and "outputs" not in payload:
            raise ValidationError(f"Must have 1 to {MAX_OPERATIONS} elements.", "operations")

    @validates_schema
    def _has_one_of_each_name(self, payload: dict[str, Any], **_: Any) -> None:  # noqa: ANN401 - marshmallow's
        seen: set[str] = set()
        for index, output in enumerate(_outputs(payload)):
            if output["name"] in seen:
                raise ValidationError({"outputs": {index: {"name": ["Another output has this name."]}}})
            seen.add(output["name"])

    @validates_schema
    def _is_of_one_family(self, payload: dict[str, Any], **_: Any) -> None:  # noqa: ANN401 - marshmallow's
        first = refuse_mixed_families(payload["operations"])
        for index, output in enumerate(_outputs(payload)):
            try:
                refuse_mixed_families(output["operations"], first)
            except ValidationError as error:
                raise ValidationError({"outputs": {index: error.messages}}) from error


def _outputs(payload: Mapping[str, Any]) -> Iterable[Mapping[str, Any]]:
    outputs: Iterable[Mapping[str, Any]] = payload.get("outputs", ())
    return outputs


FILE_PROCESSING = JobType("file-processing", payload=FileProcessingPayload, result=FileProcessingResult, timeout=120)
