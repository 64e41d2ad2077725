"""The options of the enrichments: how a rule reads its values. Each enrichment takes its own only."""

from collections.abc import Sequence

from marshmallow import ValidationError, fields, validate

from shared.ids import ID, is_id
from shared.schemas.fields import Boolean, Integer, List

ORDERS = ("DMY", "MDY", "YMD")
UNITS = ("seconds", "milliseconds", "microseconds")
ALGORITHMS = ("sha256", "sha512", "sha3-256")
MAX_LANGUAGES = 5

_REGIONS = (  # those with a telephone plan: ISO 3166-1, and AC, TA and XK
    "AC AD AE AF AG AI AL AM AO AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BW BY BZ CA CC"
    " CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA"
    " GB GD GE GF GG GH GI GL GM GN GP GQ GR GT GU GW GY HK HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE"
    " KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS"
    " MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PR PS PT PW PY QA RE RO RS"
    " RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TA TC TD TG TH TJ TK TL TM TN TO TR TT TV"
    " TW TZ UA UG US UY UZ VA VC VE VG VI VN VU WF WS XK YE YT ZA ZM ZW"
)
_LANGUAGES = (  # of words in dates, by ISO 639
    "af ar be bg bn ca cs da de el en es et eu fa fi fil fr ga gl he hi hr hu hy id is it ja ka kk ko lt lv mk ms nb"
    " nl pl pt ro ru sk sl sq sr sv sw ta te th tr uk ur uz vi zh"
)
REGIONS = tuple(_REGIONS.split())
LANGUAGES = tuple(_LANGUAGES.split())


def _file_id(text: str) -> None:
    if not is_id(text):
        raise ValidationError("Must be a fileId, as POST /api/files answers it.")


def file_id(description: str, *, required: bool = False, data_key: str | None = None) -> fields.String:
    """A file that was uploaded, or that another job made."""
    return fields.String(
        required=required,
        data_key=data_key,
        validate=_file_id,
        metadata={
            "pattern": f"^{ID.pattern}$",
            "description": description,
            "example": "01932c5e-7a3b-7c4d-8e5f-0123456789ab",
        },
    )


def word(
    choices: Sequence[str], description: str, example: str, error: str = "Must be one of: {choices}."
) -> fields.String:
    """One of several words."""
    return fields.String(
        validate=validate.OneOf(choices, error=error), metadata={"description": description, "example": example}
    )


def pattern(regex: str, description: str, example: str, error: str) -> fields.String:
    """A text of a certain form."""
    return fields.String(
        validate=validate.Regexp(rf"{regex}\Z", error=error), metadata={"description": description, "example": example}
    )


def flag(description: str, *, example: bool = True) -> Boolean:
    """True or false; false if left out."""
    return Boolean(metadata={"description": description, "example": example})


REGION = word(
    REGIONS,
    "Where numbers without a country code belong.",
    "DE",
    "Must be a region's two-letter code in capitals, as in DE.",
)
LOCALE = pattern(
    r"[a-z]{2,3}(_[A-Z][a-z]{3})?(_[A-Z]{2})?",
    "The language of `localName`, as CLDR has it; without it, `localName` is null.",
    "de",
    "Must be a locale of CLDR, as in de, pt_BR or zh_Hant.",
)
ORDER = word(
    ORDERS,
    "The order of day, month and year where all are numbers. Without it, a date that can be read in several ways is"
    " a problem. Setting it has dates be read that are not in a standard's form.",
    "DMY",
)
WORDS = flag("Read dates that are in no standard's form, with words or not; slower.")
DATE_LANGUAGES = List(
    fields.String(
        validate=validate.OneOf(LANGUAGES, error="Must be one of: {choices}."),
        metadata={"description": "Its code by ISO 639.", "example": "en"},
    ),
    min_length=1,
    max_length=MAX_LANGUAGES,
    metadata={
        "description": "The languages of a date's words; English by default. Implies `words`.",
        "example": ["en"],
    },
)
UNIT = word(
    UNITS,
    "All values are Unix times in this unit, as numbers or texts. Without it, a number is a Unix time in seconds and a"
    " text is a date.",
    "milliseconds",
)
ZONE = pattern(
    r"[A-Za-z][A-Za-z0-9_+/-]{0,63}",
    "A time zone of IANA: times without a zone are read in it instead of UTC, and `zoned` is the moment in it.",
    "Europe/Berlin",
    "Must be the name of a time zone, as in Europe/Berlin.",
)
HOLIDAYS = pattern(
    r"[A-Z]{2}(-[A-Z0-9]{1,3})?",
    "The country (ISO 3166-1), or the part of one (ISO 3166-2), whose public holidays `holiday` names.",
    "DE-BE",
    "Must be a country's or a part's code, as in DE or DE-BE.",
)
DATABASE = file_id("An .mmdb file, uploaded like any other; without it, the worker's own (`DMPS_GEOIP`).")
TABLE = file_id("The table to look in: CSV, JSON Lines or Parquet, up to 100,000 rows.", required=True)
COLUMN = fields.String(
    validate=validate.Length(1, 200, error="Must have {min} to {max} characters."),
    metadata={"description": "The column of the table to look in; the first one if left out.", "example": "name"},
)
MINIMUM = Integer(
    validate=validate.Range(0, 100, error="Must be from {min} to {max}."),
    metadata={"description": "The least score of a match, from 0 to 100 (equal); 85 if left out.", "example": 85},
)
ALGORITHM = word(ALGORITHMS, "The hash function; sha256 if left out.", "sha256")
KEYED = flag("HMAC with the worker's secret key (`DMPS_HASH_KEY`): nobody else can make or try the hashes.")
FOLD = flag("Case, white space and Unicode's forms make no difference.")
NAMESPACE = pattern(
    r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
    "The namespace of the ids (RFC 9562, section 6.6); one of our own if left out.",
    "6ba7b811-9dad-11d1-80b4-00c04fd430c8",
    "Must be a UUID in lower case.",
)
