"""The host of a URL in its canonical form, as RFC 3986 (section 3.2.2), RFC 5952 and IDNA 2008 with UTS 46 have it."""

import re
from ipaddress import IPv4Address, IPv6Address
from typing import NamedTuple

import idna

from worker_service.processors.data_enrichment.domain import DomainParts, domain_parts

MAX_NAME = 253  # octets (RFC 1035)

_LABEL = r"(?!-)[a-z0-9_-]{1,63}(?<!-)"
_NAME = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")
_ENDS_IN_NUMBER = re.compile(r"(?:.*\.)?(?:[0-9]+|0x[0-9a-f]*)")
_NO_PARTS = DomainParts(None, None, None)


class Host(NamedTuple):
    """A host as it stands in a URL, whether it is a `name`, an `ipv4` or an `ipv6` address, and its name's parts."""

    written: str
    type: str
    parts: DomainParts


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
