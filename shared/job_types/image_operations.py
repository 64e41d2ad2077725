"""The operations of `file-processing` on pictures: a schema for each, behind two tables."""

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from shared.job_types.operation_fields import named, one_of, whole
from shared.schemas.fields import Integer

MAX_SIDE = 16_383  # pixels: what WebP can hold
MAX_PIXELS = 100_000_000  # of all frames together, going in and coming out

FITS = ("inside", "outside", "cover", "contain", "fill")
CROPS = ("attention", "entropy", "centre")
FORMATS = ("jpeg", "png", "webp", "gif", "tiff")
LOSSY_FORMATS = ("jpeg", "webp")
ANGLES = ("auto", 90, 180, 270, -90, -180, -270)


def _pixels(description: str, example: int, minimum: int = 1, maximum: int = MAX_SIDE, **kwargs: Any) -> Integer:  # noqa: ANN401 - any field's
    return whole(description, example, (minimum, maximum), "pixels", **kwargs)


class Resize(Schema):
    """Scale the picture, to 8 bits a channel. With one side alone, the other follows in proportion.

    With both: `inside` and `outside` are the largest size within and the smallest size around them, `cover` is
    `outside` with the rest cut off evenly, `contain` is `inside` with bars (transparent, or white where the format
    has no transparency), `fill` distorts.
    """

    class Meta:
        """What `_has_a_side` checks, for JSON Schema."""

        json_schema = {"anyOf": [{"required": ["width"]}, {"required": ["height"]}]}  # noqa: RUF012 - read by `api_service.json_schema`

    operation = named("resize")
    width = _pixels("How wide it becomes.", 800)
    height = _pixels("How high it becomes.", 600)
    fit = one_of(FITS, "How it is fitted into width and height.", load_default="inside")

    @validates_schema
    def _has_a_side(self, operation: dict[str, Any], **_: Any) -> None:  # noqa: ANN401 - marshmallow's
        if "width" not in operation and "height" not in operation:
            raise ValidationError("Give width, height or both.", "width")


class Thumbnail(Schema):
    """Make a picture of exactly this size, and keep the part that catches the eye. Frames are cut at their centre."""

    operation = named("thumbnail")
    width = _pixels("How wide it becomes.", 200, required=True)
    height = _pixels("How high it becomes; as high as wide if left out.", 200)
    crop = one_of(CROPS, "Which part is kept.", load_default="attention")


class Convert(Schema):
    """Write the picture in another format. Where that has no transparency, the ground is white."""

    class Meta:
        """What `_is_lossy` checks, for JSON Schema."""

        json_schema = {  # noqa: RUF012 - read by `api_service.json_schema`
            "if": {"required": ["quality"]},
            "then": {"properties": {"format": {"enum": list(LOSSY_FORMATS)}}},
        }

    operation = named("convert")
    format = one_of(FORMATS, "The format to write.", required=True)
    quality = Integer(
        validate=validate.Range(1, 100, error="Must be from {min} to {max}."),
        metadata={"description": "For jpeg and webp: from 1, small, to 100, good; 80 if left out.", "example": 80},
    )

    @validates_schema
    def _is_lossy(self, operation: dict[str, Any], **_: Any) -> None:  # noqa: ANN401 - marshmallow's
        if "quality" in operation and operation["format"] not in LOSSY_FORMATS:
            raise ValidationError(f"Only {' and '.join(LOSSY_FORMATS)} have a quality; leave it out.", "quality")


class Angle(fields.Field[int | str]):
    """A word or a whole number; its validator says which."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> int | str:  # noqa: ANN401 - any JSON value
        return value if isinstance(value, str) else _INTEGER.deserialize(value)


class Rotate(Schema):
    """Turn the picture clockwise. `auto` only turns it upright, as every other operation does first."""

    operation = named("rotate")
    angle = Angle(
        load_default="auto",
        validate=validate.OneOf(ANGLES, error="Must be one of: {choices}."),
        metadata={"description": "Degrees, or `auto`.", "example": 90},
    )


class Crop(Schema):
    """Cut out a part, which must lie within the picture."""

    operation = named("crop")
    left = _pixels("From the left edge.", 10, minimum=0, maximum=MAX_PIXELS, load_default=0)
    top = _pixels("From the upper edge.", 10, minimum=0, maximum=MAX_PIXELS, load_default=0)
    width = _pixels("How wide the part is.", 100, maximum=MAX_PIXELS, required=True)
    height = _pixels("How high the part is.", 100, maximum=MAX_PIXELS, required=True)


class Grayscale(Schema):
    """Take the colour out; transparency stays."""

    operation = named("grayscale")


class Metadata(Schema):
    """Report the facts of the picture. Of EXIF only the orientation is told: never a place, a camera or a name."""

    operation = named("metadata")


IMAGE_CHANGES: Mapping[str, type[Schema]] = {
    "resize": Resize,
    "thumbnail": Thumbnail,
    "convert": Convert,
    "rotate": Rotate,
    "crop": Crop,
    "grayscale": Grayscale,
}
IMAGE_REPORTS: Mapping[str, type[Schema]] = {"metadata": Metadata}

_INTEGER = Integer()
