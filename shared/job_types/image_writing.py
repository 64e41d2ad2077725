"""How a picture is written."""

from typing import Any

from marshmallow import Schema, ValidationError, validates_schema

from shared.job_types.image_limits import EFFORT_FORMATS, FORMATS, LOSSLESS_FORMATS, QUALITY_FORMATS
from shared.job_types.operation_fields import named, one_of, whole
from shared.schemas.fields import Boolean

ONLY_FOR = {"quality": QUALITY_FORMATS, "lossless": LOSSLESS_FORMATS, "effort": EFFORT_FORMATS}


class Convert(Schema):
    """Write the picture in another format. Where that has no transparency, the ground is white."""

    class Meta:
        """What the format has and what not, for JSON Schema, and an example."""

        json_schema = {  # noqa: RUF012 - read by `api_service.json_schema`
            "allOf": [
                {"if": {"required": [name]}, "then": {"properties": {"format": {"enum": list(formats)}}}}
                for name, formats in ONLY_FOR.items()
            ],
            "examples": [{"operation": "convert", "format": "webp", "quality": 75}],
        }

    operation = named("convert")
    format = one_of(FORMATS, "The format to write.", required=True)
    quality = whole("For jpeg, webp and avif: from 1, small, to 100, good; 80 if left out, of avif 50.", 80, (1, 100))
    lossless = Boolean(metadata={"description": "For webp and avif: lose nothing.", "example": True})
    effort = whole("For png, webp, avif and gif: from 1, fast, to 9, small.", 5, (1, 9))
    metadata = one_of(
        ("strip", "keep"),
        "Whether EXIF, XMP and IPTC are left out or go along, with the place, the camera and the names in them.",
        load_default="strip",
    )

    @validates_schema
    def _suits_the_format(self, operation: dict[str, Any], **_: Any) -> None:  # noqa: ANN401 - marshmallow's
        for name, formats in ONLY_FOR.items():
            if name in operation and operation["format"] not in formats:
                raise ValidationError(f"Only {', '.join(formats)} have it; leave it out.", name)
