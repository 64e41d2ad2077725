"""`ip-location`: city and network of an IP address, from a MaxMind database (.mmdb) that somebody else provides.

We ship none: the free ones have licences of their own. Any of GeoIP2, GeoLite2, DB-IP or IPinfo in that format will
do (https://maxmind.github.io/MaxMind-DB/); the members that it does not have are null.
"""

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import maxminddb
from maxminddb import InvalidDatabaseError, Reader

from shared.errors import FileNotFound
from worker_service.processors import JobContext, Reject
from worker_service.processors.data_enrichment.ip import parsed
from worker_service.processors.data_enrichment.value import Unusable, text

MAX_LENGTH = 64
MAX_NAME = 200  # characters of what a database says


def with_database(job: JobContext, options: Mapping[str, Any]) -> Mapping[str, Any]:
    """With the open database. Raises `Reject` if there is none, or it is none."""
    if "database" in options:
        try:
            with job.files.open(options["database"]) as content:  # read by Python alone, since anybody may have made it
                return {**options, "reader": maxminddb.open_database(content, maxminddb.MODE_FD)}
        except FileNotFound as error:
            raise Reject(f"options.database: {error}") from error
        except (InvalidDatabaseError, ValueError) as error:
            raise Reject(f"options.database: this file is not a MaxMind database: {error}") from error
    if "geoip" not in job.configured:
        raise Reject(
            "ip-location needs a database: give options.database, or have the worker's operator set DMPS_GEOIP."
        )
    return {**options, "reader": _of_the_worker(job.configured["geoip"])}


def _of_the_worker(path: str) -> Reader:
    try:
        return _opened(path, Path(path).stat().st_mtime_ns)
    except (InvalidDatabaseError, OSError, ValueError) as error:
        raise Reject(f"The database that DMPS_GEOIP names cannot be read: {error}") from error


@lru_cache(maxsize=1)
def _opened(path: str, _changed_at: int) -> Reader:
    """Kept open for the next job; opened again once it was replaced."""
    return maxminddb.open_database(path, maxminddb.MODE_AUTO)


def location(value: Any, options: Mapping[str, Any]) -> dict[str, Any]:  # noqa: ANN401 - any JSON value
    """What the database says of an address.

    `normalized` (RFC 5952), `network` (to which all this applies), `country` (ISO 3166-1 alpha-2), `region`, `city`
    (in English), `postalCode`, `latitude`, `longitude`, `timeZone`, `asn` (an integer), `organization`.
    """
    address = parsed(text(value, limit=MAX_LENGTH))
    address = getattr(address, "ipv4_mapped", None) or address
    reader: Reader = options["reader"]
    if address.version > reader.metadata().ip_version:
        raise Unusable("unknown", "The database has no addresses of version 6.")
    found, prefix = reader.get_with_prefix_len(address)
    if not isinstance(found, Mapping):
        raise Unusable("unknown", "The database has nothing on this address.")
    return {"normalized": str(address), "network": f"{_first(address, prefix)}/{prefix}", **_facts(found)}


def _first(address: Any, prefix: int) -> Any:  # noqa: ANN401 - of either version
    """The first address of its network."""
    spare = address.max_prefixlen - prefix
    return type(address)(int(address) >> spare << spare)


def _facts(found: Mapping[str, Any]) -> dict[str, Any]:
    """By the paths of GeoIP2, and the flat names of others."""
    return {
        "country": _word(_at(found, "country", "iso_code") or found.get("country_code") or found.get("country")),
        "region": _word(_at(found, "subdivisions", 0, "names", "en") or found.get("region")),
        "city": _word(_at(found, "city", "names", "en") or found.get("city")),
        "postalCode": _word(_at(found, "postal", "code") or found.get("postal_code")),
        "latitude": _number(_at(found, "location", "latitude")),
        "longitude": _number(_at(found, "location", "longitude")),
        "timeZone": _word(_at(found, "location", "time_zone") or found.get("timezone")),
        "asn": _asn(found.get("autonomous_system_number") or found.get("asn")),
        "organization": _word(found.get("autonomous_system_organization") or found.get("as_name")),
    }


def _at(found: Any, *path: str | int) -> Any:  # noqa: ANN401 - whatever a database holds
    for step in path:
        if isinstance(found, Mapping):
            found = found.get(step)
        elif isinstance(found, list) and isinstance(step, int) and step < len(found):
            found = found[step]
        else:
            return None
    return found


def _word(value: Any) -> str | None:  # noqa: ANN401 - same
    return value[:MAX_NAME] if isinstance(value, str) and value else None


def _number(value: Any) -> float | None:  # noqa: ANN401 - same
    return float(value) if isinstance(value, int | float) and abs(value) <= 180 else None  # noqa: PLR2004 - degrees


def _asn(value: Any) -> int | None:  # noqa: ANN401 - same
    digits = str(value).removeprefix("AS")
    return int(digits) if digits.isascii() and digits.isdecimal() and len(digits) <= 10 else None  # noqa: PLR2004 - 32 bits
