from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from worker_service.processors.data_enrichment.ip import ip
from worker_service.processors.data_enrichment.value import Unusable


def test_an_address_is_described() -> None:
    assert ip(" 2001:4860:4860:0:0:0:0:8888 ", {}) == {
        "normalized": "2001:4860:4860::8888",
        "version": 6,
        "mapped": False,
        "scope": "global",
        "country": "US",
        "reversePointer": "8.8.8.8.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.6.8.4.0.6.8.4.1.0.0.2.ip6.arpa",
    }


def test_ipv4_inside_ipv6_is_taken_for_what_it_is() -> None:
    added = ip("::ffff:10.0.0.1", {})
    assert (added["normalized"], added["version"], added["mapped"], added["scope"]) == ("10.0.0.1", 4, True, "private")


@pytest.mark.parametrize(
    ("address", "scope"),
    [
        ("8.8.8.8", "global"),
        ("0.0.0.0", "unspecified"),  # noqa: S104 - nothing binds to it
        ("0.1.2.3", "reserved"),
        ("10.255.255.255", "private"),
        ("172.15.255.255", "global"),
        ("172.16.0.0", "private"),
        ("100.64.0.1", "shared"),
        ("127.1.2.3", "loopback"),
        ("169.254.169.254", "link_local"),
        ("192.0.0.8", "reserved"),
        ("203.0.113.9", "documentation"),
        ("198.19.0.1", "benchmarking"),
        ("224.0.0.1", "multicast"),
        ("240.0.0.1", "reserved"),
        ("255.255.255.255", "broadcast"),
        ("::", "unspecified"),
        ("::1", "loopback"),
        ("::7f00:1", "reserved"),
        ("64:ff9b::a9fe:a9fe", "translation"),
        ("64:ff9b:1::1", "private"),
        ("2001::1", "translation"),
        ("2001:db8::1", "documentation"),
        ("3fff::1", "documentation"),
        ("2002:7f00:1::", "translation"),
        ("fd00::1", "private"),
        ("fec0::1", "private"),
        ("fe80::1", "link_local"),
        ("ff02::1", "multicast"),
        ("4000::1", "reserved"),
    ],
)
def test_the_scope_is_that_of_ianas_registries(address: str, scope: str) -> None:
    added = ip(address, {})
    assert added["scope"] == scope
    assert scope == "global" or added["country"] is None


@settings(deadline=None)  # the first call loads the library's data
@given(st.ip_addresses())
def test_what_we_call_global_python_does_as_well(address: IPv4Address | IPv6Address) -> None:
    """Not the other way round: its tables differ among its versions, and some lack what IANA has."""
    added = ip(str(address), {})
    assert added["scope"] != "global" or ip_address(added["normalized"]).is_global


@pytest.mark.parametrize(
    "written",
    [
        "256.1.1.1",
        "1.2.3",
        "1.2.3.4:80",
        "10.0.0.0/8",
        "010.0.0.1",
        "2130706433",
        "::1::",
        "fe80::1%eth0",
        "\u0661.2.3.4",
        "host",
    ],
)
def test_what_is_no_address_is_refused_with_advice(written: str) -> None:
    with pytest.raises(Unusable, match=r"write it like|leave it out") as refused:
        ip(written, {})
    assert refused.value.code == "invalid"
