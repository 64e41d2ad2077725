import pytest

from worker_service.processors.data_enrichment.domain import domain_parts
from worker_service.processors.data_enrichment.email import MAX_LENGTH, email
from worker_service.processors.data_enrichment.providers import DISPOSABLE, PROVIDERS
from worker_service.processors.data_enrichment.value import Unusable

NO_ADDRESSES = [
    "a", "a@", "@example.com", "a@b@example.com", "a@localhost", "a b@example.com", "a@-x.com", "Ada <a@example.com>",
    "a@[127.0.0.1]", "a..b@example.com", "a@example.invalid", f"{'a' * 250}@example.com", "a@b.c\nBcc: d@e.f",
]  # fmt: skip


def test_an_address_is_taken_apart() -> None:
    assert email(" Info+Shop@Mail.BÜCHER.co.uk ", {}) == {
        "normalized": "Info+Shop@mail.bücher.co.uk",
        "ascii": "Info+Shop@mail.xn--bcher-kva.co.uk",
        "localPart": "Info+Shop",
        "domain": "mail.xn--bcher-kva.co.uk",
        "registrableDomain": "xn--bcher-kva.co.uk",
        "role": True,
        "tag": "Shop",
        "mailbox": None,
        "provider": None,
        "disposable": False,
    }


@pytest.mark.parametrize(
    ("address", "mailbox", "provider"),
    [
        ("Ada.Lovelace+news@GMail.com", "adalovelace@gmail.com", "Google"),
        ("a.d.a@googlemail.com", "ada@gmail.com", "Google"),
        ("Ada.Lovelace+a@outlook.com", "ada.lovelace@outlook.com", "Microsoft"),
        ("ada-shop@yahoo.com", "ada@yahoo.com", "Yahoo"),
        ("-ada@yahoo.com", "-ada@yahoo.com", "Yahoo"),
        ("ada+a@aol.com", "ada+a@aol.com", "AOL"),
        ("ada@protonmail.com", "ada@proton.me", "Proton"),
    ],
)
def test_a_mailbox_is_what_its_provider_makes_of_the_address(address: str, mailbox: str, provider: str) -> None:
    added = email(address, {})
    assert (added["mailbox"], added["provider"]) == (mailbox, provider)


def test_every_mailbox_is_its_own_mailbox() -> None:
    for domain in PROVIDERS:
        once = email(f"A.b+c-d@{domain}", {})["mailbox"]
        assert email(once, {})["mailbox"] == once


@pytest.mark.parametrize("domain", ["mailinator.com", "eu.mailinator.com", "YOPMAIL.fr"])
def test_addresses_that_are_given_away_are_told(domain: str) -> None:
    assert email(f"a@{domain}", {})["disposable"] is True


def test_every_disposable_domain_is_one() -> None:
    assert {domain_parts(domain).registrable for domain in DISPOSABLE} == DISPOSABLE


@pytest.mark.parametrize(
    ("address", "normalized"),
    [
        (
            "Ada.Lovelace@EXAMPLE.com",
            "Ada.Lovelace@example.com",
        ),  # only the receiver may ignore the case (RFC 5321, 2.4)
        ("a@xn--bcher-kva.de", "a@bücher.de"),
        ("A\u030a@example.com", "Å@example.com"),  # NFC
        ("ABUSE@example.com", "abuse@example.com"),  # RFC 2142: in any case
    ],
)
def test_one_address_has_one_canonical_form(address: str, normalized: str) -> None:
    assert email(address, {})["normalized"] == normalized


def test_an_address_that_needs_smtputf8_has_no_ascii_form() -> None:
    added = email("用户@例子.中国", {})
    assert (added["ascii"], added["domain"]) == (None, "xn--fsqu00a.xn--fiqs8s")


@pytest.mark.parametrize(
    ("address", "role"),
    [
        ("no-reply@example.com", True),
        ("Sales+x@example.com", True),
        ("ada@example.com", False),
        ("infos@example.com", False),
    ],
)
def test_an_office_is_told_from_a_person(address: str, *, role: bool) -> None:
    assert email(address, {})["role"] is role


def test_a_domain_under_no_known_suffix_has_no_registrable_domain() -> None:
    assert email("a@b.nosuchsuffix", {})["registrableDomain"] is None


@pytest.mark.parametrize("address", NO_ADDRESSES)
def test_what_is_no_address_is_refused_with_the_reason(address: str) -> None:
    with pytest.raises(Unusable, match=r"^This is not an e-mail address: .+\.$") as refused:
        email(address, {})
    assert refused.value.code == "invalid"


@pytest.mark.parametrize(("value", "code"), [(1, "wrong_type"), ("", "empty"), ("a" * (MAX_LENGTH + 1), "too_long")])
def test_what_is_no_text_to_read_is_refused(value: object, code: str) -> None:
    with pytest.raises(Unusable) as refused:
        email(value, {})
    assert refused.value.code == code
