"""The table of enrichments: what each reads, what it adds, which options it takes, and what can be wrong with a value.

A new enrichment is an entry in `ENRICHMENTS` here, and a function in `worker_service.processors.data_enrichment.kinds`.
All names are those on the wire.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

ORDERS = ("DMY", "MDY", "YMD")
UNITS = ("seconds", "milliseconds", "microseconds")
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


@dataclass(frozen=True)
class Enrichment:
    """What one enrichment reads and what it adds."""

    reads: str  # for people
    adds: tuple[str, ...]  # the members of its object, all of them always there
    options: frozenset[str] = frozenset()  # those of `RuleOptions` that it takes


ENRICHMENTS: Mapping[str, Enrichment] = MappingProxyType(
    {
        "email": Enrichment(
            "an e-mail address; nothing is asked of its mail server",
            ("normalized", "ascii", "localPart", "domain", "registrableDomain", "role"),
        ),
        "phone": Enrichment(
            "a telephone number, with its country code or from `options.region`",
            ("normalized", "national", "international", "uri", "callingCode", "region", "type", "extension"),
            frozenset({"region"}),
        ),
        "country": Enrichment(
            "a country's ISO 3166-1 code (two letters, three letters, or number) or English name",
            ("normalized", "alpha3", "numeric", "name", "officialName", "flag", "matchedBy"),
        ),
        "url": Enrichment(
            "the address of a web page or server; without a scheme it is taken for https",
            (
                "normalized",
                "scheme",
                "schemeStated",
                "host",
                "hostType",
                "port",
                "path",
                "subdomain",
                "registrableDomain",
                "publicSuffix",
                "credentials",
            ),
        ),
        "ip": Enrichment(
            "an IPv4 or IPv6 address",
            ("normalized", "version", "mapped", "scope", "country", "reversePointer"),
        ),
        "timestamp": Enrichment(
            "a date with or without a time, as ISO 8601, as words, or as a Unix time; never relative to the present",
            ("normalized", "unix", "weekday", "isoWeek", "offset", "zoneStated", "timeStated"),
            frozenset({"order", "languages", "unit"}),
        ),
    }
)

PROBLEMS: Mapping[str, str] = MappingProxyType(
    {
        "missing": "the record has no such field, or it is null",
        "wrong_type": "the value is not of a type that the enrichment reads",
        "empty": "the value is an empty text",
        "too_long": "the value is longer than anything of its kind",
        "invalid": "the value is not one of its kind",
        "unknown": "the value may be one of its kind, but the local data has none such",
        "ambiguous": "the value can be read in several ways; an option may settle it",
        "failed": "the enrichment broke on the value, which is a mistake in the enrichment",
    }
)
