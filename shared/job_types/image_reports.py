"""Reports on pictures: operations that change nothing."""

from marshmallow import Schema

from shared.job_types.image_limits import MAX_COLORS
from shared.job_types.operation_fields import named, one_of, whole


class Metadata(Schema):
    """Report the facts of the picture. Of EXIF only the orientation is told: never a place, a camera or a name."""

    class Meta:
        """An example, for JSON Schema."""

        json_schema = {"examples": [{"operation": "metadata"}]}  # noqa: RUF012 - read by `api_service.json_schema`

    operation = named("metadata")


class Exif(Schema):
    """Report all that the file that was given has as EXIF, the place where it was taken, too."""

    class Meta:
        """An example, for JSON Schema."""

        json_schema = {"examples": [{"operation": "exif"}]}  # noqa: RUF012 - read by `api_service.json_schema`

    operation = named("exif")


class DominantColors(Schema):
    """Report the colours that fill most of the first frame, and how much (Wan, Prusinkiewicz, Wong 1990)."""

    class Meta:
        """An example, for JSON Schema."""

        json_schema = {"examples": [{"operation": "dominantColors", "count": 5}]}  # noqa: RUF012 - read by `api_service.json_schema`

    operation = named("dominantColors")
    count = whole("How many at most.", 5, (1, MAX_COLORS), load_default=5)


class PerceptualHash(Schema):
    """Report 64 bits that hardly differ for pictures that look alike: compare two by the count of unlike bits.

    `phash` is of the cosine transform (Krawetz, "Looks Like It", 2011), `dhash` of the steps of brightness from left to
    right (Krawetz, "Kind of Like That", 2013). Ten unlike bits and more are taken for another picture.
    """

    class Meta:
        """An example, for JSON Schema."""

        json_schema = {"examples": [{"operation": "perceptualHash", "algorithm": "phash"}]}  # noqa: RUF012 - read by `api_service.json_schema`

    operation = named("perceptualHash")
    algorithm = one_of(("phash", "dhash"), "How it is computed.", load_default="phash")
