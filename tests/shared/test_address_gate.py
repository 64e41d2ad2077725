import socket
from collections.abc import AsyncIterator
from ipaddress import ip_address, ip_network

import aiohttp
import pytest
from aiohttp import ClientConnectorError, web
from aiohttp.abc import AbstractResolver, ResolveResult

from shared.address_gate import WEB, AddressGate, AddressRefused, UrlRefused, check_url, is_public, networks

LOOPBACK = AddressGate(networks(["127.0.0.0/8", "::1/128"]))
INSIDE = [
    *("0.1.2.3", "10.1.2.3", "100.64.0.1", "100.100.100.200", "127.0.0.1", "127.255.255.254", "168.63.129.16"),
    *("169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.8", "192.0.0.192", "192.0.2.1", "192.88.99.1"),
    *("192.168.0.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.1.1.1", "240.0.0.1"),
    *("255.255.255.255", "::", "::1", "::7f00:1", "::ffff:127.0.0.1", "::ffff:169.254.169.254", "64:ff9b::7f00:1"),
    *("64:ff9b::a9fe:a9fe", "64:ff9b::808:808", "64:ff9b:1::1", "100::1", "2001::1", "2001:20::1", "2001:db8::1"),
    *("2002:7f00:1::", "2002:a9fe:a9fe::1", "3fff::1", "5f00::1", "fc00::1", "fd00:ec2::254", "fe80::1", "fec0::1"),
    *("ff02::1", "ff0e::1"),
]
PUBLIC = [
    "1.1.1.1",
    "8.8.8.8",
    "172.15.0.1",
    "172.32.0.1",
    "100.63.0.1",
    "2606:4700::1111",
    "2a00:1450::1",
    "::ffff:1.1.1.1",
]


@pytest.mark.parametrize("address", INSIDE)
def test_what_is_special_is_not_public(address: str) -> None:
    assert not is_public(ip_address(address))
    assert not AddressGate().admits(ip_address(address))


@pytest.mark.parametrize("address", PUBLIC)
def test_what_everybody_can_reach_is_public(address: str) -> None:
    assert is_public(ip_address(address))
    assert AddressGate().admits(ip_address(address))


def test_an_address_of_this_host_is_let_through_only_if_it_is_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shared.address_gate.is_public", lambda _: True)
    assert not AddressGate().admits(ip_address("127.0.0.1"))
    assert AddressGate().admits(ip_address("8.8.8.8"))
    assert LOOPBACK.admits(ip_address("127.0.0.1"))


def test_the_operator_opens_networks_and_no_more() -> None:
    gate = AddressGate(networks(["10.0.0.0/8", " fd00::/8"]))
    assert gate.admits(ip_address("10.1.2.3"))
    assert gate.admits(ip_address("fd12::1"))
    assert not gate.admits(ip_address("192.168.0.1"))
    assert gate.opened == (ip_network("10.0.0.0/8"), ip_network("fd00::/8"))
    with pytest.raises(ValueError, match="10/8"):
        networks(["10/8"])


@pytest.mark.parametrize(
    "url",
    [
        *("", "example.org", "//example.org/", "https:example.org", "ftp://example.org/", "file:///etc/passwd"),
        *("https://", "https:///hook", "https://user@example.org/", "https://user:word@example.org/"),
        *(
            "https://example.org/#part",
            "https://exa mple.org/",
            "https://example.org/\n",
            "https://example.org\\@a.org/",
        ),
        *(
            "https://ex\u00e4mple.org/",
            "https://example.org:0/",
            "https://example.org:65536/",
            "https://example.org:8443/",
        ),
        *("http://example.org/", "https://127.0.0.1/", "https://[::1]/", "https://[::ffff:127.0.0.1]/", "https://[1]/"),
        *(
            "https://0x7f.1/",
            "https://2130706433/",
            "https://127.1/",
            "https://0177.0.0.1/",
            "https://0/",
            "https://127.1./",
        ),
        *(
            "https://localhost/",
            "https://a.localhost./",
            "https://printer.local/",
            "https://redis/",
            "https://169.254.169.254/",
        ),
        *(
            "https://metadata.google.internal/",
            "https://[64:ff9b::a9fe:a9fe]/",
            "https://[fe80::1%25eth0]/",
            "https://10.0.0.1/",
        ),
        "https://example.org/" + 2_048 * "a",
    ],
)
def test_a_url_that_cannot_be_right_is_refused(url: str) -> None:
    with pytest.raises(UrlRefused):
        check_url(url, AddressGate())


@pytest.mark.parametrize(
    "url",
    ["https://example.org", "HTTPS://Example.org:443/a/b?c=d&e=%20", "https://8.8.8.8/", "https://[2606:4700::1111]/x"],
)
def test_https_to_a_public_name_or_address_is_right(url: str) -> None:
    assert check_url(url, AddressGate()) is False


def test_another_scheme_or_port_may_lead_to_opened_networks_alone() -> None:
    assert check_url("http://127.0.0.1:8080/hook", LOOPBACK)
    assert check_url("http://receiver:8080/hook", LOOPBACK)
    assert check_url("https://example.org:8443/", LOOPBACK)
    assert not check_url("https://127.0.0.1/hook", LOOPBACK)
    for url in ("http://8.8.8.8/", "https://8.8.8.8:8443/", "http://10.0.0.1/", "https://10.0.0.1/"):
        with pytest.raises(UrlRefused):
            check_url(url, LOOPBACK)


def test_plain_http_is_right_where_it_is_served_to_the_public() -> None:
    assert check_url("http://example.org/a.png", AddressGate(), WEB) is False
    with pytest.raises(UrlRefused, match="https or http at port 443 or 80"):
        check_url("http://example.org:8080/", AddressGate(), WEB)


class Rebinding(AbstractResolver):
    """A name server that calls every name by the addresses it is told."""

    def __init__(self, *addresses: str) -> None:
        self.addresses = addresses

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        return [
            ResolveResult(hostname=host, host=address, port=port, family=family, proto=0, flags=0)
            for address in self.addresses
        ]

    async def close(self) -> None:
        """Nothing is open."""


async def reach(url: str, gate: AddressGate, *names: str, only_opened: bool = False) -> int:
    connector = aiohttp.TCPConnector(
        socket_factory=gate.sockets(only_opened=only_opened), resolver=Rebinding(*names) if names else None
    )
    async with aiohttp.ClientSession(connector=connector) as session, session.get(url) as response:
        return response.status


@pytest.fixture
async def port() -> AsyncIterator[int]:
    """Of a server on this host that nobody outside should reach."""

    async def answer(request: web.BaseRequest) -> web.Response:
        if request.path == "/redirect":
            raise web.HTTPFound(f"http://127.0.0.1:{request.query['port']}/")
        return web.Response()

    runner = web.ServerRunner(web.Server(answer))
    await runner.setup()
    site = web.TCPSite(runner, "0.0.0.0", 0)  # noqa: S104 - all of loopback
    await site.start()
    assert isinstance(runner.addresses[0], tuple)
    yield runner.addresses[0][1]
    await runner.cleanup()


SPELLINGS = [
    *("127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "0x7f.1", "[::1]", "2130706433", "127.1", "0177.1"),
    "0.0.0.0",  # noqa: S104 - it is connected to
]


@pytest.mark.parametrize("host", SPELLINGS)
async def test_no_spelling_of_this_host_is_connected_to(port: int, host: str) -> None:
    with pytest.raises((aiohttp.ClientError, ValueError)):
        await reach(f"http://{host}:{port}/", AddressGate())


async def test_a_name_that_leads_inside_by_now_is_not_connected_to(port: int) -> None:
    with pytest.raises(ClientConnectorError) as raised:
        await reach(f"http://rebound.example:{port}/", AddressGate(), "127.0.0.1")
    assert isinstance(raised.value.os_error, AddressRefused)


async def test_each_address_of_a_name_is_judged_by_itself(port: int) -> None:
    gate = AddressGate(networks(["127.0.0.1/32"]))
    assert await reach(f"http://mixed.example:{port}/", gate, "10.255.0.1", "127.0.0.1") == 200


async def test_a_redirect_leads_through_the_gate_too(port: int) -> None:
    gate = AddressGate(networks(["127.0.0.2/32"]))
    with pytest.raises(ClientConnectorError):
        await reach(f"http://127.0.0.2:{port}/redirect?port={port}", gate)
    assert await reach(f"http://127.0.0.2:{port}/", gate) == 200


async def test_an_opened_address_is_connected_to(port: int) -> None:
    assert await reach(f"http://127.0.0.1:{port}/", LOOPBACK) == 200
    assert await reach(f"http://named.example:{port}/", LOOPBACK, "127.0.0.1", only_opened=True) == 200


async def test_what_is_only_public_is_refused_where_only_opened_networks_count() -> None:
    with pytest.raises(ClientConnectorError) as raised:
        await reach("http://public.example:8080/", LOOPBACK, "8.8.8.8", only_opened=True)
    assert isinstance(raised.value.os_error, AddressRefused)
