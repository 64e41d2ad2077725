"""Operations on pictures that change their size, part or place."""

from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from shared.job_types.image_limits import ANGLES, CROPS, FITS, MAX_PIXELS, MAX_SIDE
from shared.job_types.operation_fields import color, named, one_of, whole
from shared.schemas.fields import Boolean, Integer


def _pixels(description: str, example: int, minimum: int = 1, maximum: int = MAX_SIDE, **kwargs: Any) -> Integer:  # noqa: ANN401 - any field's
    return whole(description, example, (minimum, maximum), "pixels", **kwargs)


def _enlarge() -> Boolean:
    return Boolean(
        load_default=False,
        metadata={"description": "Whether a smaller picture is scaled up; else it keeps its size.", "example": True},
    )


class Resize(Schema):
    """Scale the picture, to 8 bits a channel. With one side alone, the other follows in proportion.

    With both: `inside` and `outside` are the largest size within and the smallest size around them, `cover` is
    `outside` with the rest cut off evenly, `contain` is `inside` with bars of the background, `fill` distorts. No side
    grows unless `enlarge` is true; `cover` then cuts a smaller picture to what of the box it fills.
    """

    class Meta:
        """What `_has_a_side` checks, for JSON Schema."""

        json_schema = {  # noqa: RUF012 - read by `api_service.json_schema`
            "anyOf": [{"required": ["width"]}, {"required": ["height"]}],
            "examples": [{"operation": "resize", "width": 800, "height": 600, "fit": "cover"}],
        }

    operation = named("resize")
    width = _pixels("How wide it becomes.", 800)
    height = _pixels("How high it becomes.", 600)
    fit = one_of(FITS, "How it is fitted into width and height.", load_default="inside")
    enlarge = _enlarge()
    background = color("Of the bars of `contain`; transparent if left out, or white where the format cannot.")

    @validates_schema
    def _has_a_side(self, operation: dict[str, Any], **_: Any) -> None:  # noqa: ANN401 - marshmallow's
        if "width" not in operation and "height" not in operation:
            raise ValidationError("Give width, height or both.", "width")

    @validates_schema
    def _has_bars(self, operation: dict[str, Any], **_: Any) -> None:  # noqa: ANN401 - marshmallow's
        if "background" in operation and operation["fit"] != "contain":
            raise ValidationError("Only contain has bars; leave it out.", "background")


class Thumbnail(Schema):
    """Make a small picture of this size, and keep the part that catches the eye. Frames are cut at their centre."""

    class Meta:
        """An example, for JSON Schema."""

        json_schema = {"examples": [{"operation": "thumbnail", "width": 200, "crop": "attention"}]}  # noqa: RUF012 - read by `api_service.json_schema`

    operation = named("thumbnail")
    width = _pixels("How wide it becomes.", 200, required=True)
    height = _pixels("How high it becomes; as high as wide if left out.", 200)
    crop = one_of(CROPS, "Which part is kept.", load_default="attention")
    enlarge = _enlarge()


class Angle(fields.Field[int | str]):
    """A word or a whole number; its validator says which."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> int | str:  # noqa: ANN401 - any JSON value
        return value if isinstance(value, str) else _INTEGER.deserialize(value)


class Rotate(Schema):
    """Turn the picture clockwise. `auto` only turns it upright, as every other operation does first."""

    class Meta:
        """An example, for JSON Schema."""

        json_schema = {"examples": [{"operation": "rotate", "angle": 90}]}  # noqa: RUF012 - read by `api_service.json_schema`

    operation = named("rotate")
    angle = Angle(
        load_default="auto",
        validate=validate.OneOf(ANGLES, error="Must be one of: {choices}."),
        metadata={"description": "Degrees, or `auto`.", "example": 90},
    )


class Flip(Schema):
    """Turn the picture upside down, as in water."""

    class Meta:
        """An example, for JSON Schema."""

        json_schema = {"examples": [{"operation": "flip"}]}  # noqa: RUF012 - read by `api_service.json_schema`

    operation = named("flip")


class Flop(Schema):
    """Swap left and right, as in a mirror."""

    class Meta:
        """An example, for JSON Schema."""

        json_schema = {"examples": [{"operation": "flop"}]}  # noqa: RUF012 - read by `api_service.json_schema`

    operation = named("flop")


class Crop(Schema):
    """Cut out a part, which must lie within the picture."""

    class Meta:
        """An example, for JSON Schema."""

        json_schema = {"examples": [{"operation": "crop", "left": 10, "top": 10, "width": 100, "height": 60}]}  # noqa: RUF012 - read by `api_service.json_schema`

    operation = named("crop")
    left = _pixels("From the left edge.", 10, minimum=0, maximum=MAX_PIXELS, load_default=0)
    top = _pixels("From the upper edge.", 10, minimum=0, maximum=MAX_PIXELS, load_default=0)
    width = _pixels("How wide the part is.", 100, maximum=MAX_PIXELS, required=True)
    height = _pixels("How high the part is.", 100, maximum=MAX_PIXELS, required=True)


_INTEGER = Integer()
