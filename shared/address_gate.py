"""Which addresses a URL that a caller gave may lead to: public ones, and the networks that the operator opened.

`check_url` refuses at submission what cannot be right. `AddressGate.sockets` judges the very address of each
connection, so that neither a name that resolves otherwise later (DNS rebinding), nor a redirect, nor an odd spelling
leads inside: give it to aiohttp as `TCPConnector(socket_factory=...)`.
"""

import re
import socket
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from types import MappingProxyType
from typing import Any

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
AddrInfo = tuple[int | socket.AddressFamily, int | socket.SocketKind, int, str, tuple[Any, ...]]
Ports = Mapping[str, int]  # the port of each scheme that is served to the public

HTTPS: Ports = MappingProxyType({"https": 443})
WEB: Ports = MappingProxyType({"https": 443, "http": 80})
LONGEST_URL = 2_048  # characters

# `ipaddress.is_global` knows most of these, but not on every Python that we run on: 3.11.7 takes NAT64, 6to4 and
# multicast for global. Sources: IANA's special-purpose registries of IPv4 and IPv6 (RFC 6890), and as noted.
_REFUSED_V4 = tuple(
    map(
        IPv4Network,
        (
            "0.0.0.0/8",
            "10.0.0.0/8",
            "100.64.0.0/10",  # shared by carriers; also the metadata of one cloud, 100.100.100.200
            "127.0.0.0/8",
            "168.63.129.16/32",  # the host of a machine on Azure: public to look at
            "169.254.0.0/16",  # link-local; the metadata of most clouds
            "172.16.0.0/12",
            "192.0.0.0/24",
            "192.0.2.0/24",
            "192.88.99.0/24",  # relays of 6to4
            "192.168.0.0/16",
            "198.18.0.0/15",
            "198.51.100.0/24",
            "203.0.113.0/24",
            "224.0.0.0/3",  # multicast, reserved, broadcast
        ),
    )
)
_GLOBAL_V6 = IPv6Network("2000::/3")  # all unicast that was ever given out; so NAT64 (64:ff9b::) and fec0:: lie outside
_REFUSED_V6 = tuple(
    map(
        IPv6Network,
        (
            "2001::/23",  # Teredo, ORCHID and other protocols
            "2001:db8::/32",
            "2002::/16",  # 6to4: holds an IPv4 address
            "3fff::/20",  # documentation (RFC 9637)
        ),
    )
)

# RFC 3986, and less: no user, no fragment, nothing that two parsers may read in two ways.
_URL = re.compile(
    r"(https?)://(\[[0-9a-f:.]+\]|[a-z0-9_.-]+)(?::([0-9]{1,5}))?([/?][!$%&'()*+,./:;=?@~\w-]*)?",
    re.IGNORECASE | re.ASCII,
)
_LOCAL_NAME = re.compile(r"[^.]+|(.+\.)?(localhost|local|internal|intranet|lan|home\.arpa|invalid)", re.IGNORECASE)
_NOWHERE = "192.0.2.1"  # never anybody's own (RFC 5737)


class UrlRefused(ValueError):
    """A URL that nothing of ours will open; the message says why, for the caller who gave it."""


class AddressRefused(OSError):
    """A connection that was not made, because of where it would have led."""


def is_public(address: Address) -> bool:
    """Whether an address is one that everybody could reach; an IPv4 address within an IPv6 one counts as that."""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return is_public(address.ipv4_mapped)
        is_refused = address not in _GLOBAL_V6 or any(address in network for network in _REFUSED_V6)
    else:
        is_refused = any(address in network for network in _REFUSED_V4)
    return not is_refused and address.is_global


@dataclass(frozen=True)
class AddressGate:
    """What is let through: what is public, but for this host's own addresses, and the networks that were opened."""

    opened: tuple[Network, ...] = ()

    def is_open(self, address: Address) -> bool:
        """Whether it lies in a network that the operator opened."""
        return any(address in network for network in self.opened if network.version == address.version)

    def admits(self, address: Address) -> bool:
        """Whether a connection to it may be made at its scheme's own port."""
        return self.is_open(address) or (is_public(address) and not _is_own(address))

    def sockets(self, *, only_opened: bool = False) -> Callable[[AddrInfo], socket.socket]:
        """A factory for `TCPConnector(socket_factory=...)`: it raises `AddressRefused` for where nothing may lead.

        `only_opened`: for URLs of which `check_url` says so.
        """
        admits = self.is_open if only_opened else self.admits

        def make(info: AddrInfo) -> socket.socket:
            family, kind, protocol, _, name = info
            if not admits(_address(str(name[0]))):
                raise AddressRefused("The address lies in a network that no connection is made to.")
            return socket.socket(family, kind, protocol)

        return make


def networks(texts: Iterable[str]) -> tuple[Network, ...]:
    """Networks in CIDR notation. Raises `ValueError`, naming the first that is none."""
    return tuple(ip_network(text.strip()) for text in texts)


def check_url(url: str, gate: AddressGate, ports: Ports = HTTPS) -> bool:
    """Whether the URL may lead to the networks alone that were opened: other schemes and ports than those of `ports`.

    Raises `UrlRefused` for what cannot be right, wherever its name should lead.
    """
    found = _URL.fullmatch(url) if len(url) <= LONGEST_URL else None
    if found is None:
        raise UrlRefused(
            f"Must be an absolute URL of at most {LONGEST_URL:,} ASCII characters, without a user or a fragment,"
            " such as https://example.org/hook."
        )
    scheme, host, port = found[1].lower(), found[2].lower(), found[3]
    if port is not None and not 1 <= int(port) <= 65_535:  # noqa: PLR2004 - the range of a port
        raise UrlRefused("The port must be 1 to 65535.")
    only_opened = scheme not in ports or (port is not None and int(port) != ports[scheme])
    if only_opened and not gate.opened:
        raise UrlRefused(f"Must be {' or '.join(ports)} at port {' or '.join(map(str, ports.values()))}.")
    _check_host(host, gate, only_opened=only_opened)
    return only_opened


def _check_host(host: str, gate: AddressGate, *, only_opened: bool) -> None:
    address = _literal(host)
    if address is None:
        if not gate.opened and _LOCAL_NAME.fullmatch(host.rstrip(".")):
            raise UrlRefused("The host is the name of no public machine.")
    elif not (gate.is_open(address) if only_opened else gate.is_open(address) or is_public(address)):
        raise UrlRefused("The host is an address in a network that no connection is made to.")


def _literal(host: str) -> Address | None:
    """The address that a host is; None if it is a name. Raises `UrlRefused` for a spelling of inet_aton's alone."""
    if host.startswith("["):
        try:
            return _address(host[1:-1])
        except AddressValueError as error:
            raise UrlRefused("The host is no IPv6 address.") from error
    try:
        return IPv4Address(host)
    except AddressValueError:
        pass
    try:
        socket.inet_aton(host.rstrip("."))
    except OSError:
        return None
    raise UrlRefused("Write an IPv4 address as four decimal numbers.")


def _address(text: str) -> Address:
    """An address without the zone that a link-local one may have; an IPv4 one within an IPv6 one is that."""
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError as error:
        raise AddressValueError(f"{text!r} is no address.") from error
    return address.ipv4_mapped or address if isinstance(address, IPv6Address) else address


def _is_own(address: Address) -> bool:
    """Whether it is an address of this host: a socket can be bound to nothing else.

    Where the system lets sockets be bound to anything (`ip_nonlocal_bind`), it cannot be told, and is not.
    """
    return _can_bind(address) and not _can_bind(IPv4Address(_NOWHERE))


def _can_bind(address: Address) -> bool:
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6  # noqa: PLR2004 - of IP
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.bind((str(address), 0))
    except OSError:
        return False
    return True
