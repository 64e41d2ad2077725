"""Enrichments of how people and machines are reached: email, phone, url, domain, ip, ip-location, user-agent."""

from shared.job_types import enrichment_options as options
from shared.job_types.enrichment import Enrichment

CONTACT = (
    Enrichment(
        "email",
        reads="an e-mail address; nothing is asked of its mail server",
        adds=(
            "normalized", "ascii", "localPart", "domain", "registrableDomain", "role", "tag", "mailbox", "provider",
            "disposable",
        ),
        example="Info+news@BÜCHER.de",
    ),
    Enrichment(
        "phone",
        reads="a telephone number, with its country code or from `options.region`",
        adds=("normalized", "national", "international", "uri", "callingCode", "region", "type", "extension"),
        example="030 901820",
        options={"region": options.REGION},
        example_options={"region": "DE"},
    ),
    Enrichment(
        "url",
        reads="the address of a web page or server; without a scheme it is taken for https",
        adds=(
            "normalized", "scheme", "schemeStated", "host", "hostType", "port", "path", "subdomain",
            "registrableDomain", "publicSuffix", "credentials", "unicodeHost", "withoutTracking", "tracking",
        ),
        example="HTTPS://www.bücher.example.co.uk:443/a/../b?id=1&utm_source=mail",
    ),
    Enrichment(
        "domain",
        reads="the name of a domain or host",
        adds=("normalized", "unicode", "labels", "subdomain", "registrableDomain", "publicSuffix"),
        example="www.bücher.example.co.uk",
    ),
    Enrichment(
        "ip",
        reads="an IPv4 or IPv6 address",
        adds=("normalized", "version", "mapped", "scope", "country", "reversePointer"),
        example="8.8.8.8",
    ),
    Enrichment(
        "ip-location",
        reads="an IPv4 or IPv6 address, looked up in a MaxMind database (.mmdb) of the operator's or of one's own",
        adds=(
            "normalized", "network", "country", "region", "city", "postalCode", "latitude", "longitude", "timeZone",
            "asn", "organization",
        ),
        example="8.8.8.8",
        options={"database": options.DATABASE},
        needs="a worker with DMPS_GEOIP, or options.database",
    ),
    Enrichment(
        "user-agent",
        reads="the User-Agent header of a browser or robot",
        adds=("normalized", "browser", "browserVersion", "os", "osVersion", "device", "brand", "model", "type"),
        example="Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)"
        " Version/17.0 Mobile/15E148 Safari/604.1",
    ),
)  # fmt: skip
