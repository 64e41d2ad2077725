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
    bytes = _bytes()
    sha256 = _sha256()


class Color(Schema):
    """A colour, and how much of a picture it fills."""

    color = fields.String(metadata={"description": "In sRGB, as CSS writes it.", "example": "#204060"})
    share = Number(metadata={"description": "Of the pixels that are to be seen, from 0 to 1.", "example": 0.42})


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


class FileProcessingResult(Schema):
    """The files that were written, and what was reported."""

    outputs = fields.List(fields.Nested(Output), metadata={"description": "The files that were written."})
    reports = fields.List(fields.Nested(Report), metadata={"description": "One of each operation that reports."})
