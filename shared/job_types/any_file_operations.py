"""The operations of `file-processing` on a file of any kind."""

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from shared.job_types.operation_fields import named, one_of, whole
from shared.schemas.fields import List

ALGORITHMS = ("md5", "sha1", "sha256", "sha512", "blake2b", "crc32")
PACKINGS = ("gzip", "zstd", "zip")
MAX_CHARACTERS = 1_000_000
MAX_PAGE = 100_000


class Checksum(Schema):
    """Report the SHA-256 and the size of the file as it stands, and other digests."""

    operation = named("checksum")
    algorithms = List(
        one_of(ALGORITHMS, "A digest, or crc32 (ISO 3309), which only finds accidents."),
        load_default=list,
        max_length=len(ALGORITHMS),
        metadata={"description": "Besides sha256, which is always told.", "example": ["md5", "crc32"]},
    )


class Identify(Schema):
    """Report what the file is, by its content: media type, size, and of text the encoding and the line ends."""

    operation = named("identify")


class PdfMetadata(Schema):
    """Report pages, version, title, author and dates of a PDF."""

    operation = named("pdfMetadata")


class PdfText(Schema):
    """Report the text of a PDF, page by page."""

    operation = named("pdfText")
    first_page = whole("The first page, from 1.", 1, (1, MAX_PAGE), load_default=1, data_key="firstPage")
    last_page = whole("The last page; that of the file if left out.", 10, (1, MAX_PAGE), data_key="lastPage")
    max_characters = whole(
        "Where to stop; the report says so.",
        100_000,
        (1, MAX_CHARACTERS),
        "characters",
        load_default=100_000,
        data_key="maxCharacters",
    )

    @validates_schema
    def _is_a_range(self, operation: dict[str, Any], **_: Any) -> None:  # noqa: ANN401 - marshmallow's
        if operation.get("last_page", MAX_PAGE) < operation["first_page"]:
            raise ValidationError("Must not come before firstPage.", "lastPage")


class Compress(Schema):
    """Pack the file."""

    operation = named("compress")
    format = one_of(PACKINGS, "How it is packed.", required=True)
    level = whole("From 1, fast, to 9, small.", 6, (1, 9), load_default=6)
    name = fields.String(
        load_default="file",
        validate=validate.Regexp(
            r"[^./\\\x00-\x1f\x7f][^/\\\x00-\x1f\x7f]{0,199}\Z",
            error="Must be a plain name of a file, without a path and a leading dot.",
        ),
        metadata={"description": "What the file is called in a zip.", "example": "report.csv"},
    )


class Decompress(Schema):
    """Unpack a gzip, zstd or zip, as its content says. Each file of a zip becomes an output of its own."""

    operation = named("decompress")


ANY_FILE_CHANGES: Mapping[str, type[Schema]] = {"compress": Compress, "decompress": Decompress}
ANY_FILE_REPORTS: Mapping[str, type[Schema]] = {
    "checksum": Checksum,
    "identify": Identify,
    "pdfMetadata": PdfMetadata,
    "pdfText": PdfText,
}
