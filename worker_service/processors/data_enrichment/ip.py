"""`ip`: addresses, their scope by IANA's registries, and the country to which a regional registry gave them.

The scopes are a table here and not `ipaddress.is_global`, whose answers differ among the versions of Python.
"""

from collections.abc import Mapping
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any

from iptocc import country_code

from worker_service.processors.data_enrichment.value import Unusable, text

MAX_LENGTH = 64  # the longest spelling of an address has 45 characters

# IANA IPv4 and IPv6 Special-Purpose Address Registries, and RFC 4291 for multicast and the unassigned rest.
# The first network that holds an address decides.
_SCOPES = (
    ("unspecified", "0.0.0.0/32 ::/128"),
    ("loopback", "127.0.0.0/8 ::1/128"),
    ("private", "10.0.0.0/8 172.16.0.0/12 192.168.0.0/16 fc00::/7 fec0::/10 64:ff9b:1::/48"),
    ("shared", "100.64.0.0/10"),
    ("link_local", "169.254.0.0/16 fe80::/10"),
    ("multicast", "224.0.0.0/4 ff00::/8"),
    ("documentation", "192.0.2.0/24 198.51.100.0/24 203.0.113.0/24 2001:db8::/32 3fff::/20"),
    ("benchmarking", "198.18.0.0/15 2001:2::/48"),
    ("translation", "192.88.99.0/24 64:ff9b::/96 2001::/32 2002::/16"),
    ("broadcast", "255.255.255.255/32"),
    ("reserved", "0.0.0.0/8 192.0.0.0/24 240.0.0.0/4 2001::/23"),
    ("global", "0.0.0.0/0 2000::/3"),
)
_NETWORKS: tuple[tuple[IPv4Network | IPv6Network, str], ...] = tuple(
    (ip_network(network), scope) for scope, networks in _SCOPES for network in networks.split()
)


def ip(value: Any, _: Mapping[str, Any]) -> dict[str, Any]:  # noqa: ANN401 - any JSON value
    """An IP address; one of IPv4 inside IPv6 (`::ffff:1.2.3.4`) is taken for what it is, the IPv4 address.

    `normalized` (RFC 5952), `version` (4 or 6), `mapped` (whether it stood inside IPv6), `scope` (`global`,
    `private`, `loopback`, ...), `country` (ISO 3166-1 alpha-2, of a global address: whose registry entry it is, not
    where it is used; or null), `reversePointer` (the name to ask the DNS for).
    """
    written = parsed(text(value, limit=MAX_LENGTH))
    inner = written.ipv4_mapped if isinstance(written, IPv6Address) else None
    address = inner or written
    scope = _scope(address)
    return {
        "normalized": str(address),
        "version": address.version,
        "mapped": inner is not None,
        "scope": scope,
        "country": country_code(str(address)) if scope == "global" else None,
        "reversePointer": address.reverse_pointer,
    }


def parsed(written: str) -> IPv4Address | IPv6Address:
    """The address of a text. Raises `Unusable`."""
    if "%" in written:
        raise Unusable("invalid", "The zone of an address (after %) means nothing elsewhere: leave it out.")
    try:
        return ip_address(written)
    except ValueError as error:
        advice = "write it like 192.0.2.1 or 2001:db8::1, without port, mask or leading zeros"
        raise Unusable("invalid", f"This is not an IP address: {advice}.") from error


def _scope(address: IPv4Address | IPv6Address) -> str:
    return next((scope for network, scope in _NETWORKS if address in network), "reserved")
