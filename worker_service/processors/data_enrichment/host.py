"""`domain`, and the host of a URL, as RFC 3986 (section 3.2.2), RFC 5952 and IDNA 2008 with UTS 46 have them."""

import re
from collections.abc import Mapping
from ipaddress import IPv4Address, IPv6Address
from typing import Any, NamedTuple

import idna

from worker_service.processors.data_enrichment.domain import DomainParts, domain_parts
from worker_service.processors.data_enrichment.value import Unusable, text

MAX_NAME = 253  # octets (RFC 1035)
MAX_LENGTH = 1_024  # characters; Unicode may have more octets than its ASCII form

_LABEL = r"(?!-)[a-z0-9_-]{1,63}(?<!-)"
_NAME = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")
_ENDS_IN_NUMBER = re.compile(r"(?:.*\.)?(?:[0-9]+|0x[0-9a-f]*)")
_NO_PARTS = DomainParts(None, None, None)


class Host(NamedTuple):
    """A host as it stands in a URL, whether it is a `name`, an `ipv4` or an `ipv6` address, and its name's parts."""

    written: str
    type: str
    parts: DomainParts


def domain(value: Any, _: Mapping[str, Any]) -> dict[str, Any]:  # noqa: ANN401 - any JSON value
    """The name of a domain or host; nothing is asked of the DNS.

    `normalized` (in lower case and ASCII: punycode), `unicode` (for people), `labels` (how many parts it has),
    `subdomain`, `registrableDomain`, `publicSuffix` (null where it has none that is known).
    """
    written = text(value, limit=MAX_LENGTH).lower()
    try:
        host = canonical_host(written)
    except ValueError as error:
        raise Unusable("invalid", "This is not the name of a domain or host.") from error
    if host.type != "name":
        raise Unusable("invalid", "This is an address, and not a name.")
    return {
        "normalized": host.written,
        "unicode": unicode_host(host.written),
        "labels": host.written.count(".") + 1,
        "subdomain": host.parts.subdomain,
        "registrableDomain": host.parts.registrable,
        "publicSuffix": host.parts.suffix,
    }


def unicode_host(name: str) -> str:
    """The name for people, each label that is punycode in Unicode."""
    return ".".join(map(_unicode_label, name.split(".")))


def _unicode_label(label: str) -> str:
    if not label.startswith("xn--"):
        return label
    try:
        return idna.decode(label)
    except ValueError:
        return label


def canonical_host(host: str) -> Host:
    """The host, given in lower case and without brackets. Raises `ValueError` if it is none.

    A name that ends in a number must be an IPv4 address, or it means different hosts to different programs
    (https://url.spec.whatwg.org/#ends-in-a-number-checker).
    """
    if ":" in host:
        if "%" in host:
            raise ValueError("The zone of an address means nothing elsewhere.")
        return Host(f"[{_ipv6(host)}]", "ipv6", _NO_PARTS)
    name = _ascii(host.removesuffix("."))
    if len(name) > MAX_NAME or not _NAME.fullmatch(name):
        raise ValueError("This is not the name of a host.")
    if _ENDS_IN_NUMBER.fullmatch(name):
        return Host(str(IPv4Address(name)), "ipv4", _NO_PARTS)
    return Host(name, "name", domain_parts(name))


def _ipv6(host: str) -> str:
    """By RFC 5952; its section 5 here, since Python follows that from 3.13 on only."""
    address = IPv6Address(host)
    inner = address.ipv4_mapped
    return str(address) if inner is None else f"::ffff:{inner}"


def _ascii(host: str) -> str:
    """Left alone if it is plain ASCII: the DNS has names with underscores, which IDNA does not know."""
    return host if host.isascii() and "xn--" not in host else idna.encode(host, uts46=True).decode("ascii")
