import pytest

from worker_service.processors.data_enrichment.bank import bic, iban
from worker_service.processors.data_enrichment.value import Unusable


def test_an_account_number_comes_with_its_bank() -> None:
    assert iban("iban DE89 3704 0044 0532 0130 00", {}) == {
        "normalized": "DE89370400440532013000",
        "formatted": "DE89 3704 0044 0532 0130 00",
        "country": "DE",
        "bankCode": "37040044",
        "accountCode": "0532013000",
        "bic": "COBADEFFXXX",
        "bank": "Commerzbank",
    }


@pytest.mark.parametrize(  # the examples of the registry of ISO 13616
    "number",
    [
        "GB29NWBK60161331926819",
        "FR1420041010050500013M02606",
        "NO9386011117947",
        "CH9300762011623852957",
        "MT84MALT011000012345MTLCAST001S",
        "NL91ABNA0417164300",
        "BE68539007547034",
        "BR1800360305000010009795493C1",
    ],
)
def test_the_examples_of_the_registry_are_read(number: str) -> None:
    assert iban(number.lower(), {})["normalized"] == number


@pytest.mark.parametrize(
    "number",
    ["DE88370400440532013000", "DE893704004405320130", "XX89370400440532013000", "DE89", "?", "DE\uff18\uff193704"],
)
def test_a_number_with_a_mistake_is_refused(number: str) -> None:
    with pytest.raises(Unusable) as refused:
        iban(number, {})
    assert refused.value.code == "invalid"
    assert refused.value.message.startswith("This is not an IBAN: ")


def test_any_two_digits_that_change_places_are_noticed() -> None:
    number = "GB29NWBK60161331926819"
    for place in range(8, len(number) - 1):
        left, right = number[place], number[place + 1]
        if left != right:
            with pytest.raises(Unusable):
                iban(number[:place] + right + left + number[place + 2 :], {})


def test_a_code_of_eight_is_that_of_the_primary_office() -> None:
    assert bic("deutdeff", {}) == bic("DEUTDEFFXXX", {}) | {"normalized": "DEUTDEFFXXX"}
    assert bic("DEUTDEFF500", {})["branch"] == "500"


@pytest.mark.parametrize("code", ["DEUT", "DEUTXXFF", "DEUTDEFF5", "DEUTDEFF5000", "????????", "\uff24EUTDEFF"])
def test_what_is_no_code_of_a_bank_is_refused(code: str) -> None:
    with pytest.raises(Unusable) as refused:
        bic(code, {})
    assert refused.value.code == "invalid"
