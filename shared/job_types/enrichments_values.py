"""Enrichments of places, times and texts: coordinates, timestamp, text, text-language, hash, id, match."""

from shared.job_types import enrichment_options as options
from shared.job_types.enrichment import ANY_PARTS, Enrichment

VALUES = (
    Enrichment(
        "coordinates",
        reads="a point on the Earth (WGS 84): `fields.latitude` and `fields.longitude` in degrees, or one text"
        " with both",
        adds=("normalized", "latitude", "longitude", "timeZone", "geohash"),
        example={"latitude": 52.52, "longitude": "13.405"},
        parts=("latitude", "longitude"),
    ),
    Enrichment(
        "timestamp",
        reads="a date with or without a time, as ISO 8601, RFC 3339, RFC 5322 (e-mail, HTTP) or a Unix time, and in"
        " other forms if an option says so; never relative to the present",
        adds=(
            "normalized", "unix", "weekday", "isoWeek", "offset", "zoneStated", "timeStated", "zoned", "holiday",
        ),
        example="2025-12-25 18:30",
        options={
            "order": options.ORDER,
            "words": options.WORDS,
            "languages": options.DATE_LANGUAGES,
            "unit": options.UNIT,
            "zone": options.ZONE,
            "holidays": options.HOLIDAYS,
        },
        example_options={"zone": "Europe/Berlin", "holidays": "DE"},
    ),
    Enrichment(
        "text",
        reads="a text of up to 10,000 characters whose encoding may have been mistaken (mojibake)",
        adds=("normalized", "changed", "repairs", "characters"),
        example="schÃ¶n",
    ),
    Enrichment(
        "text-language",
        reads="a text of up to 10,000 characters, of which the first 1,000 tell in what language it is",
        adds=("normalized", "name", "confidence", "reliable"),
        example="Der schnelle braune Fuchs springt über den faulen Hund.",
    ),
    Enrichment(
        "hash",
        reads="a text or whole number, or several values as `fields`, whose hash is wanted",
        adds=("normalized", "algorithm", "keyed"),
        example="ada@example.com",
        options={"algorithm": options.ALGORITHM, "keyed": options.KEYED, "fold": options.FOLD},
        parts=ANY_PARTS,
    ),
    Enrichment(
        "id",
        reads="a text or whole number, or several values as `fields`, that are to have the same id (UUID 5) every time",
        adds=("normalized", "namespace"),
        example={"email": "Ada@example.com", "country": "GB"},
        options={"namespace": options.NAMESPACE, "fold": options.FOLD},
        example_options={"fold": True},
        parts=ANY_PARTS,
    ),
    Enrichment(
        "match",
        reads="a text that is to be found in a table, spelt the same or nearly so",
        adds=("normalized", "score", "row", "runnerUp"),
        example="Deutche Bahn",
        options={"table": options.TABLE, "column": options.COLUMN, "minimum": options.MINIMUM},
        example_options={"table": "01932c5e-7a3b-7c4d-8e5f-0123456789ab", "column": "name"},
        needs="a file with the table",
    ),
)  # fmt: skip
