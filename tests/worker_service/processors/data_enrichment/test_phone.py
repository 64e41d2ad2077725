import pytest
from phonenumbers import (
    SUPPORTED_REGIONS,
    PhoneNumberFormat,
    PhoneNumberType,
    example_number,
    example_number_for_type,
    format_number,
)

from shared.job_types.enrichment_options import REGIONS
from worker_service.processors.data_enrichment.phone import phone
from worker_service.processors.data_enrichment.value import Unusable

E164, NATIONAL = PhoneNumberFormat.E164, PhoneNumberFormat.NATIONAL


def test_a_number_is_written_in_every_usual_way() -> None:
    assert phone("030/901820", {"region": "DE"}) == {
        "normalized": "+4930901820",
        "national": "030 901820",
        "international": "+49 30 901820",
        "uri": "tel:+49-30-901820",
        "callingCode": 49,
        "region": "DE",
        "type": "fixed_line",
        "extension": None,
    }


def test_the_contract_offers_the_regions_of_the_library() -> None:
    assert set(REGIONS) == SUPPORTED_REGIONS


@pytest.mark.parametrize("region", REGIONS)
def test_every_regions_own_example_is_read(region: str) -> None:
    example = example_number(region)
    assert example is not None
    assert phone(format_number(example, NATIONAL), {"region": region})["callingCode"] == example.country_code


@pytest.mark.parametrize(
    "written", ["+49 (0)30 901820", "0049 30 901820", "tel:+49-30-901820", "Tel.: 030-901820", "\uff0b49 30 901820"]
)
def test_one_number_has_one_canonical_form(written: str) -> None:
    assert phone(written, {"region": "DE"})["normalized"] == "+4930901820"


def test_the_region_of_the_rule_is_for_numbers_without_a_country_code_only() -> None:
    assert phone("+1 202-456-1414", {"region": "DE"})["region"] == "US"


def test_an_extension_is_kept_apart() -> None:
    added = phone("+49 30 901820 ext. 12", {})
    assert (added["normalized"], added["extension"]) == ("+4930901820", "12")
    assert added["uri"] == "tel:+49-30-901820;ext=12"


def test_a_number_of_no_region_has_none() -> None:
    added = phone("+800 1234 5678", {})
    assert (added["region"], added["type"], added["callingCode"]) == (None, "toll_free", 800)


@pytest.mark.parametrize(
    ("kind", "type"), [(PhoneNumberType.MOBILE, "mobile"), (PhoneNumberType.PREMIUM_RATE, "premium_rate")]
)
def test_the_type_is_named(kind: int, type: str) -> None:
    number = example_number_for_type("GB", kind)
    assert number is not None
    assert phone(format_number(number, E164), {})["type"] == type


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("030 901820", "The number has no valid country code: begin it with + and the code, or set options.region."),
        ("+999 123 4567", "The number has no valid country code: begin it with + and the code, or set options.region."),
        ("call me", "This is not a telephone number."),
        ("Invoice 20252025", "This is not a telephone number."),
        ("+1 555", "This is no telephone number under +1: it is too short."),
        ("+1 202 456 1414 1414", "This is no telephone number under +1: it is too long."),
        ("+1 456 1414", "This is no telephone number under +1: its area code is missing."),
        ("+1 123 456 7890", "This is no telephone number under +1: its digits are not in use there."),
    ],
)
def test_what_is_no_number_is_refused_with_the_reason(written: str, message: str) -> None:
    with pytest.raises(Unusable) as refused:
        phone(written, {})
    assert (refused.value.code, refused.value.message) == ("invalid", message)


@pytest.mark.parametrize("value", [4930901820, True, ["+4930901820"], {}])
def test_a_number_must_be_written_as_a_text(value: object) -> None:
    with pytest.raises(Unusable, match="must be a text"):
        phone(value, {})
