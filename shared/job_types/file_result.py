"""The result of `file-processing`: what was written, and what was reported."""

from marshmallow import Schema, fields

from shared.schemas.fields import Boolean, Integer, Number


def _media_type() -> fields.String:
    return fields.String(
        data_key="mediaType", metadata={"description": "What the file is (RFC 6838).", "example": "image/jpeg"}
    )


def _bytes() -> Integer:
    return Integer(metadata={"description": "The size of the file.", "example": 123_456})


def _sha256() -> fields.String:
    return fields.String(metadata={"description": "Of the file's content, in hexadecimal.", "example": "9f86d081..."})


class Output(Schema):
    """A file that was written: one like any other, to be had from GET /api/files/{fileId}."""

    name = fields.String(
        metadata={"description": "As in the payload's `outputs`; left out without them.", "example": "small"}
    )
    file_id = fields.String(
        data_key="fileId",
        metadata={"description": "The new file.", "format": "uuid", "example": "01932c5e-7a3b-7c4d-8e5f-0123456789ab"},
    )
    media_type = _media_type()
    width = Integer(metadata={"description": "Pixels.", "example": 800})
    height = Integer(metadata={"description": "Pixels, of one frame.", "example": 600})
    rows = Integer(metadata={"description": "Of a table, without its header.", "example": 1000})
    columns = Integer(metadata={"description": "Of a table.", "example": 6})
    path = fields.String(metadata={"description": "What it is called in the zip it came in.", "example": "a/b.csv"})
    bytes = _bytes()
    sha256 = _sha256()


class Color(Schema):
    """A colour, and how much of a picture it fills."""

    color = fields.String(metadata={"description": "In sRGB, as CSS writes it.", "example": "#204060"})
    share = Number(metadata={"description": "Of the pixels that are to be seen, from 0 to 1.", "example": 0.42})


class Frequent(Schema):
    """A value, and how many rows have it."""

    value = fields.Raw(metadata={"description": "The value, as JSON can hold it.", "example": "DE"})
    count = Integer(metadata={"description": "Rows.", "example": 42})


class Quantile(Schema):
    """A quantile."""

    q = Number(metadata={"description": "Which: 0.5 is the median.", "example": 0.5})
    value = Number(
        allow_none=True, metadata={"description": "So much or less have that share of the rows.", "example": 9.9}
    )


class ColumnProfile(Schema):
    """What a column of a table is like."""

    name = fields.String(metadata={"description": "The column.", "example": "price"})
    type = fields.String(metadata={"description": "As DuckDB names it.", "example": "DOUBLE"})
    nulls = Integer(metadata={"description": "Rows without a value.", "example": 0})
    distinct = Integer(metadata={"description": "How many different values there are.", "example": 17})
    min = fields.Raw(metadata={"description": "The smallest value; null if there is none.", "example": 1.5})
    max = fields.Raw(metadata={"description": "The largest value; null if there is none.", "example": 99.0})
    top = fields.List(fields.Nested(Frequent), metadata={"description": "The most frequent values."})
    mean = Number(allow_none=True, metadata={"description": "Of numbers.", "example": 12.5})
    stddev = Number(allow_none=True, metadata={"description": "Of a sample of numbers.", "example": 3.1})
    quantiles = fields.List(fields.Nested(Quantile), metadata={"description": "Of numbers, nearly."})


class PageText(Schema):
    """The text of a page."""

    page = Integer(metadata={"description": "From 1.", "example": 1})
    text = fields.String(metadata={"description": "Its text.", "example": "Invoice 2024-17"})


class Report(Schema):
    """What an operation found that changes nothing, with the members that are its own."""

    index = Integer(metadata={"description": "Its place in `operations`, from 0.", "example": 0})
    output = fields.String(
        metadata={"description": "Whose `operations` those are; left out for the pipeline's own.", "example": "small"}
    )
    operation = fields.String(metadata={"description": "Which operation it is of.", "example": "metadata"})
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
    exif = fields.Dict(
        metadata={
            "description": "The tags by the directory in which they stand (EXIF 2.32): primary, photo, gps, ...",
            "example": {"primary": {"Make": "ACME"}},
        }
    )
    colors = fields.List(
        fields.Nested(Color), metadata={"description": "The colours, the one that fills most of the picture first."}
    )
    algorithm = fields.String(metadata={"description": "Of the perceptual hash.", "example": "phash"})
    hash = fields.String(metadata={"description": "64 bits, in hexadecimal.", "example": "9f3c61c6c33c0e99"})
    md5 = fields.String(metadata={"description": "RFC 1321, in hexadecimal.", "example": "900150983cd24fb0..."})
    sha1 = fields.String(metadata={"description": "RFC 3174, in hexadecimal.", "example": "a9993e364706816a..."})
    sha512 = fields.String(metadata={"description": "RFC 6234, in hexadecimal.", "example": "ddaf35a193617aba..."})
    blake2b = fields.String(metadata={"description": "RFC 7693, in hexadecimal.", "example": "ba80a53f981c4d0d..."})
    crc32 = fields.String(metadata={"description": "ISO 3309, in hexadecimal.", "example": "352441c2"})
    text = Boolean(metadata={"description": "Whether it is a text.", "example": True})
    encoding = fields.String(metadata={"description": "Of a text.", "example": "utf-8"})
    line_endings = fields.String(
        data_key="lineEndings", metadata={"description": "lf, crlf, cr, mixed or none.", "example": "lf"}
    )
    pages = Integer(metadata={"description": "Of a PDF.", "example": 3})
    pdf_version = fields.String(
        data_key="pdfVersion", allow_none=True, metadata={"description": "Of a PDF.", "example": "1.7"}
    )
    document = fields.Dict(
        keys=fields.String(),
        values=fields.String(),
        metadata={"description": "What a PDF says of itself.", "example": {"title": "Invoice"}},
    )
    texts = fields.List(fields.Nested(PageText), metadata={"description": "Of a PDF, by page."})
    truncated = Boolean(metadata={"description": "Whether there is more text than was asked for.", "example": False})
    rows = Integer(metadata={"description": "Of a table.", "example": 1000})
    columns = fields.List(fields.Nested(ColumnProfile), metadata={"description": "The columns of a table."})


class FileProcessingResult(Schema):
    """The files that were written, and what was reported."""

    outputs = fields.List(fields.Nested(Output), metadata={"description": "The files that were written."})
    reports = fields.List(fields.Nested(Report), metadata={"description": "One of each operation that reports."})
