"""A MaxMind database of our own making: none comes with a package, and the free ones may not be passed on.

Source of the format: https://maxmind.github.io/MaxMind-DB/, version 2.0.
"""

import ipaddress
import struct
from collections.abc import Mapping
from typing import Any

GOOGLE: Mapping[str, Any] = {
    "country": {"iso_code": "US"},
    "subdivisions": [{"names": {"en": "California"}}],
    "city": {"names": {"en": "Mountain View"}},
    "postal": {"code": "94043"},
    "location": {"latitude": 37.4, "longitude": -122.1, "time_zone": "America/Los_Angeles"},
    "autonomous_system_number": 15169,
    "autonomous_system_organization": "GOOGLE",
}
_MARKER = b"\xab\xcd\xefMaxMind.com"
_SEPARATOR = bytes(16)
_TYPES = {"text": 2, "double": 3, "short": 5, "unsigned": 6, "map": 7, "long": 9, "array": 11}
_SHORT = frozenset({"binary_format_major_version", "binary_format_minor_version", "ip_version", "record_size"})


def mmdb(networks: Mapping[str, Any]) -> bytes:
    """A database of IPv4 networks and what it says of each: a tree of 24-bit records, and the data behind it."""
    data, offsets = bytearray(), {}
    for network, facts in networks.items():
        offsets[network] = len(data)
        data += _encoded(facts)
    nodes: list[list[int | str | None]] = [[None, None]]
    for network in networks:
        _insert(nodes, ipaddress.IPv4Network(network), network)
    tree = b"".join(
        (len(nodes) if to is None else to if isinstance(to, int) else len(nodes) + 16 + offsets[to]).to_bytes(3, "big")
        for node in nodes
        for to in node
    )
    facts = {
        "binary_format_major_version": 2,
        "binary_format_minor_version": 0,
        "build_epoch": 1_700_000_000,
        "database_type": "Test",
        "description": {"en": "Test"},
        "ip_version": 4,
        "languages": ["en"],
        "node_count": len(nodes),
        "record_size": 24,
    }
    return tree + _SEPARATOR + bytes(data) + _MARKER + _encoded(facts)


def _insert(nodes: list[list[int | str | None]], network: ipaddress.IPv4Network, name: str) -> None:
    node, bits = 0, f"{int(network.network_address):032b}"[: network.prefixlen]
    for bit in bits[:-1]:
        to = nodes[node][int(bit)]
        if not isinstance(to, int):
            to = len(nodes)
            nodes.append([None, None])
            nodes[node][int(bit)] = to
        node = to
    nodes[node][int(bits[-1])] = name


def _encoded(value: Any) -> bytes:
    if isinstance(value, str):
        return _control("text", len(value.encode())) + value.encode()
    if isinstance(value, float):
        return _control("double", 8) + struct.pack(">d", value)
    if isinstance(value, int):
        return _integer(value, "unsigned")
    if isinstance(value, list):
        return _control("array", len(value)) + b"".join(map(_encoded, value))
    return _control("map", len(value)) + b"".join(
        _encoded(name) + (_integer(inner, _kind(name)) if isinstance(inner, int) else _encoded(inner))
        for name, inner in value.items()
    )


def _kind(name: str) -> str:
    if name in _SHORT:
        return "short"
    return "long" if name == "build_epoch" else "unsigned"


def _integer(value: int, kind: str) -> bytes:
    digits = value.to_bytes(4, "big").lstrip(b"\0")
    return _control(kind, len(digits)) + digits


def _control(kind: str, size: int) -> bytes:
    number, more = _TYPES[kind], b""
    if size >= 29:
        size, more = 29, bytes([size - 29])
    return (bytes([number << 5 | size]) if number < 8 else bytes([size, number - 7])) + more
