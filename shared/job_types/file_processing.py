"""The contract of `file-processing`: a pipeline of operations on one file.

Each operation works on what the one before it left. A picture is turned upright by its EXIF orientation before the
first operation sees it. `metadata` and `checksum` change nothing: they add a report on the file as it stands there.
If any operation changed the picture, it is written once, at the end, as a new file without EXIF, XMP and IPTC (no
place, no camera, no name leaves with it; a colour profile stays). So `outputs` has one entry, or none after reports
alone. Animations (GIF, WebP) and pages (TIFF) keep their frames until they are converted to JPEG or PNG.

Both shapes can grow without changing: a branch of the pipeline would add an entry to `outputs`, an operation a schema
to `OPERATIONS`.
"""

from typing import Any

from marshmallow import Schema, ValidationError, fields, validates_schema

from shared.ids import ID, is_id
from shared.job_types import JobType
from shared.job_types.file_operations import OPERATIONS, changing_family
from shared.schemas.fields import Boolean, Integer, List
from shared.schemas.variants import Variants

MAX_OPERATIONS = 20


def _is_file_id(text: str) -> None:
    if not is_id(text):
        raise ValidationError("Must be a fileId, as POST /api/files answers it.")


class FileProcessingPayload(Schema):
    """Work on an uploaded file: resize, convert or cut a picture, report its facts, compute its checksum."""

    file_id = fields.String(
        required=True,
        data_key="fileId",
        validate=_is_file_id,
        metadata={
            "pattern": f"^{ID.pattern}$",
            "description": "The file to work on, uploaded with POST /api/files, or an output of another job.",
            "example": "01932c5e-7a3b-7c4d-8e5f-0123456789ab",
        },
    )
    operations = List(
        Variants("operation", OPERATIONS, metadata={"description": "One step; its member `operation` says which."}),
        min_length=1,
        max_length=MAX_OPERATIONS,
        required=True,
        metadata={
            "description": "The steps, in order; each works on what the one before it left.",
            "example": [{"operation": "resize", "width": 800, "height": 600, "fit": "inside"}],
        },
    )

    @validates_schema
    def _is_of_one_family(self, payload: dict[str, Any], **_: Any) -> None:  # noqa: ANN401 - marshmallow's
        """What one family made of a file, another cannot go on with."""
        first: str | None = None
        for index, asked in enumerate(payload["operations"]):
            family = changing_family(asked["operation"])
            if first and family and family != first:
                told = f"It works on another kind of file ({family}) than those before it ({first})."
                raise ValidationError({"operations": {index: {"operation": [told]}}})
            first = first or family


def _media_type() -> fields.String:
    return fields.String(
        data_key="mediaType", metadata={"description": "What the file is (RFC 6838).", "example": "image/jpeg"}
    )


def _bytes() -> Integer:
    return Integer(metadata={"description": "The size of the file.", "example": 123_456})


def _sha256() -> fields.String:
    return fields.String(metadata={"description": "Of the file's content, in hexadecimal.", "example": "9f86d081..."})


class Output(Schema):
    """A picture that was written: a file like any other, to be had from GET /api/files/{fileId}."""

    file_id = fields.String(
        data_key="fileId",
        metadata={"description": "The new file.", "format": "uuid", "example": "01932c5e-7a3b-7c4d-8e5f-0123456789ab"},
    )
    media_type = _media_type()
    width = Integer(metadata={"description": "Pixels.", "example": 800})
    height = Integer(metadata={"description": "Pixels, of one frame.", "example": 600})
    bytes = _bytes()
    sha256 = _sha256()


class Report(Schema):
    """What `metadata` or `checksum` found, each with the members that are its own."""

    index = Integer(metadata={"description": "Its place in `operations`, from 0.", "example": 0})
    operation = fields.String(metadata={"description": "`metadata` or `checksum`.", "example": "metadata"})
    sha256 = _sha256()
    bytes = _bytes()
    media_type = _media_type()
    width = Integer(metadata={"description": "Pixels, of the picture turned upright.", "example": 4000})
    height = Integer(metadata={"description": "Pixels, of one frame.", "example": 3000})
    frames = Integer(metadata={"description": "Frames of an animation or pages; else 1.", "example": 1})
    channels = Integer(metadata={"description": "Colour channels, and one for transparency.", "example": 3})
    has_alpha = Boolean(data_key="hasAlpha", metadata={"description": "Whether it has transparency.", "example": False})
    bit_depth = Integer(data_key="bitDepth", metadata={"description": "Bits of a channel.", "example": 8})
    color_space = fields.String(
        data_key="colorSpace", metadata={"description": "As libvips names it: srgb, b-w, cmyk, ...", "example": "srgb"}
    )
    orientation = Integer(
        metadata={"description": "The EXIF orientation that was read, 1 to 8, and undone.", "example": 6}
    )


class FileProcessingResult(Schema):
    """The files that were written, and what was reported."""

    outputs = fields.List(fields.Nested(Output), metadata={"description": "The pictures that were written."})
    reports = fields.List(fields.Nested(Report), metadata={"description": "One of each `metadata` and `checksum`."})


FILE_PROCESSING = JobType("file-processing", payload=FileProcessingPayload, result=FileProcessingResult, timeout=120)
