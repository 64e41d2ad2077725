import pytest

from worker_service.processors.data_enrichment.url import url
from worker_service.processors.data_enrichment.value import Unusable

NO_HOSTS = [
    "", "a..b", "-a.com", "a-.com", "a b.com", "a\\b.com", "ex%61mple.com", "[::1", "[v1.x]", "[127.0.0.1]",
    "[fe80::1%25eth0]", "::1", "xn--a.com", "0x7f.1", "2130706433", "127.0.0.01", "1.2.3.4.5", "a.0", "\u2100.com",
    "a\u200db.com", "a" * 64, "a." * 127 + "com",
]  # fmt: skip


def test_an_address_is_taken_apart() -> None:
    assert url("WWW.BÜCHER.co.uk/a b?q=ü#z", {}) == {
        "normalized": "https://www.xn--bcher-kva.co.uk/a%20b?q=%C3%BC#z",
        "scheme": "https",
        "schemeStated": False,
        "host": "www.xn--bcher-kva.co.uk",
        "hostType": "name",
        "port": 443,
        "path": "/a%20b",
        "subdomain": "www",
        "registrableDomain": "xn--bcher-kva.co.uk",
        "publicSuffix": "co.uk",
        "credentials": False,
        "unicodeHost": "www.bücher.co.uk",
        "withoutTracking": "https://www.xn--bcher-kva.co.uk/a%20b?q=%C3%BC#z",
        "tracking": [],
    }


@pytest.mark.parametrize(
    ("query", "kept", "tracking"),
    [
        ("?utm_source=a&id=1&UTM_Medium=b", "?id=1", ["UTM_Medium", "utm_source"]),
        ("?fbclid=1", "", ["fbclid"]),
        ("?id=utm_source&x", "?id=utm_source&x", []),
        ("?ref=a&source=b&gclidx=1", "?ref=a&source=b&gclidx=1", []),  # they may mean something
        ("?a=1&&b=2", "?a=1&&b=2", []),
    ],
)
def test_tracking_parameters_are_taken_out_and_named(query: str, kept: str, tracking: list[str]) -> None:
    added = url(f"https://example.com/{query}", {})
    assert (added["withoutTracking"], added["tracking"]) == (f"https://example.com/{kept}", tracking)


@pytest.mark.parametrize(
    ("written", "normalized"),
    [
        # the examples of RFC 3986, 6.2.2 and 6.2.3
        ("HTTP://www.EXAMPLE.com/", "http://www.example.com/"),
        ("http://a.com/b/c/%7bfoo%7d", "http://a.com/b/c/%7Bfoo%7D"),
        ("http://a.com/./b/../b/%63/%7bfoo%7d", "http://a.com/b/c/%7Bfoo%7D"),
        ("http://example.com", "http://example.com/"),
        ("http://example.com/", "http://example.com/"),
        ("http://example.com:/", "http://example.com/"),
        ("http://example.com:80/", "http://example.com/"),
        # and of 5.2.4
        ("http://a.com/a/b/c/./../../g", "http://a.com/a/g"),
        ("http://a.com/b/..", "http://a.com/"),
        ("http://a.com/../../g/.", "http://a.com/g/"),
        ("http://a.com/%2e%2e/g", "http://a.com/g"),
        ("http://a.com/b/%2e", "http://a.com/b/"),
        ("http://a.com//b//", "http://a.com//b//"),
        ("http://a.com/b%2fc", "http://a.com/b%2Fc"),  # an escaped slash is no separator
        ("http://a.com/100%", "http://a.com/100%25"),
        ("http://a.com/?", "http://a.com/"),
        ("http://a.com/?a=/./b", "http://a.com/?a=/./b"),
        ("https://a.com:80/", "https://a.com:80/"),
        ("wss://a.com:443/", "wss://a.com/"),
        ("//a.com/x", "https://a.com/x"),
        ("http://a.com./", "http://a.com/"),
        ("http://[2001:DB8:0::1]:8080", "http://[2001:db8::1]:8080/"),
        ("http://[::ffff:7f00:1]/", "http://[::ffff:127.0.0.1]/"),
        ("http://\uff11.2.3.\uff14/", "http://1.2.3.4/"),
    ],
)
def test_one_address_has_one_canonical_form(written: str, normalized: str) -> None:
    assert url(written, {})["normalized"] == normalized


@pytest.mark.parametrize(
    ("host", "type", "subdomain", "registrable", "suffix"),
    [
        ("www.example.co.uk", "name", "www", "example.co.uk", "co.uk"),
        ("a.b.example.com", "name", "a.b", "example.com", "com"),
        ("blog.github.io", "name", "blog", "github.io", "io"),  # what the firm was sold, not what it lends
        ("co.uk", "name", None, None, "co.uk"),
        ("localhost", "name", None, None, None),
        ("my_host.example.com", "name", "my_host", "example.com", "com"),
        ("127.0.0.1", "ipv4", None, None, None),
        ("[::1]", "ipv6", None, None, None),
    ],
)
def test_a_host_is_split_by_the_public_suffix_list(
    host: str, type: str, subdomain: str | None, registrable: str | None, suffix: str | None
) -> None:
    added = url(f"http://{host}/", {})
    assert (added["host"], added["hostType"], added["subdomain"]) == (host, type, subdomain)
    assert (added["registrableDomain"], added["publicSuffix"]) == (registrable, suffix)


def test_a_password_is_told_of_but_not_repeated() -> None:
    added = url("https://ada:secret@example.com/", {})
    assert added["credentials"] is True
    assert "ada" not in str(added)
    assert "secret" not in str(added)


def test_the_port_is_the_schemes_own_if_none_is_stated() -> None:
    assert [url(f"{scheme}://a.com", {})["port"] for scheme in ("http", "https", "ftp", "ws", "wss")] == [
        80,
        443,
        21,
        80,
        443,
    ]


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("mailto:ada@example.com", "Only addresses with http, https, ftp, ws, wss are read."),
        ("javascript:alert(1)", "Only addresses with http, https, ftp, ws, wss are read."),
        ("file:///etc/passwd", "Only addresses with http, https, ftp, ws, wss are read."),
        ("ada@example.com", "The address has no scheme: begin it with https:// or the like."),
        ("hello", "The address has no scheme and no known domain: begin it with https:// or the like."),
        ("localhost:3000", "The address has no scheme and no known domain: begin it with https:// or the like."),
        ("http://a.com:70000/", "The port of the address must be a number from 0 to 65535."),
        ("http://a.com:x/", "The port of the address must be a number from 0 to 65535."),
        ("http://a.com/\tb", "The address has control characters in it."),
    ],
)
def test_what_is_not_read_is_refused_with_the_reason(written: str, message: str) -> None:
    with pytest.raises(Unusable) as refused:
        url(written, {})
    assert (refused.value.code, refused.value.message) == ("invalid", message)


@pytest.mark.parametrize("host", NO_HOSTS)
def test_a_host_that_is_none_or_means_several_is_refused(host: str) -> None:
    with pytest.raises(Unusable, match="no valid host"):
        url(f"http://{host}/", {})
