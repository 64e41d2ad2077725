"""Operations on pictures that change how they look: colours, sharpness, a watermark."""

from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from shared.job_types.image_limits import MAX_BLUR, MAX_SHARPEN, MAX_SIDE, MAX_TEXT, MIN_BLUR, POSITIONS
from shared.job_types.operation_fields import color, decimal, file_id, named, one_of, whole
from shared.job_types.sources import check_one, data_uri, source_schema, url


class Grayscale(Schema):
    """Take the colour out; transparency stays."""

    class Meta:
        """An example, for JSON Schema."""

        json_schema = {"examples": [{"operation": "grayscale"}]}  # noqa: RUF012 - read by `api_service.json_schema`

    operation = named("grayscale")


class Blur(Schema):
    """Blur the picture by a Gaussian."""

    class Meta:
        """An example, for JSON Schema."""

        json_schema = {"examples": [{"operation": "blur", "sigma": 2.5}]}  # noqa: RUF012 - read by `api_service.json_schema`

    operation = named("blur")
    sigma = decimal("The standard deviation of the Gaussian, pixels.", 2.5, (MIN_BLUR, MAX_BLUR), required=True)


class Sharpen(Schema):
    """Sharpen the lightness, not the colours, by an unsharp mask; flat areas are left alone."""

    class Meta:
        """An example, for JSON Schema."""

        json_schema = {"examples": [{"operation": "sharpen", "sigma": 0.8, "amount": 2}]}  # noqa: RUF012 - read by `api_service.json_schema`

    operation = named("sharpen")
    sigma = decimal("The standard deviation of the mask's Gaussian, pixels.", 0.8, (0.3, MAX_SHARPEN), load_default=0.5)
    amount = decimal("How much edges are sharpened.", 2, (0, 20), load_default=3.0)


class ToSrgb(Schema):
    """Bring the colours to sRGB by the picture's own profile, which is then dropped."""

    class Meta:
        """An example, for JSON Schema."""

        json_schema = {"examples": [{"operation": "toSrgb"}]}  # noqa: RUF012 - read by `api_service.json_schema`

    operation = named("toSrgb")


class Watermark(Schema):
    """Lay a text or another picture over the picture. On a grey picture it is grey, too."""

    class Meta:
        """What `_is_one` checks, for JSON Schema."""

        json_schema = {  # noqa: RUF012 - read by `api_service.json_schema`
            **source_schema("text"),
            "examples": [
                {"operation": "watermark", "text": "Draft", "color": "#ff0000", "position": "centre", "opacity": 0.4}
            ],
        }

    operation = named("watermark")
    text = fields.String(
        validate=validate.Length(1, MAX_TEXT, error="Must have {min} to {max} characters."),
        metadata={"description": "What is written, on one line or more.", "example": "Draft"},
    )
    file_id = file_id("The picture that is laid over it (its first frame), instead of a text.")
    data_uri, url = data_uri(), url()
    width = decimal("How wide the watermark is, as a part of the picture's width.", 0.25, (0.01, 1), load_default=0.25)
    position = one_of(POSITIONS, "At which edge or corner.", load_default="south-east")
    margin = whole("From the edges, pixels.", 10, (0, MAX_SIDE), "pixels", load_default=10)
    opacity = decimal("From 0, invisible, to 1.", 0.5, (0, 1), load_default=0.5)
    color = color("Of the text; white if left out.")

    @validates_schema
    def _is_one(self, operation: dict[str, Any], **_: Any) -> None:  # noqa: ANN401 - marshmallow's
        check_one(operation, instead=("text",))

    @validates_schema
    def _has_color(self, operation: dict[str, Any], **_: Any) -> None:  # noqa: ANN401 - marshmallow's
        if "color" in operation and "text" not in operation:
            raise ValidationError("Only a text has a colour; leave it out.", "color")
        if not operation.get("text", "x").strip():
            raise ValidationError("Must have something to be seen.", "text")
