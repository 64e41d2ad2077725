from typing import Any

import pycountry
import pytest
from babel import Locale

from shared.files import FileStore
from worker_service.processors import JobContext, Reject
from worker_service.processors.data_enrichment.currency import currency
from worker_service.processors.data_enrichment.locale import with_locale
from worker_service.processors.data_enrichment.value import Unusable


def test_a_currency_comes_with_all_its_codes() -> None:
    assert currency("us dollars", {"locale": Locale("de")}) == {
        "normalized": "USD",
        "numeric": "840",
        "name": "US Dollar",
        "symbol": "$",
        "digits": 2,
        "matchedBy": "name",
        "localName": "US-Dollar",
    }


def test_every_code_of_the_standard_is_known() -> None:
    for entry in pycountry.currencies:
        for code in (entry.alpha_3.lower(), entry.numeric):
            assert currency(code, {})["normalized"] == entry.alpha_3


@pytest.mark.parametrize(
    ("value", "code"), [("€", "EUR"), (8, "ALL"), ("8", "ALL"), ("CA$", "CAD"), ("Japanese yen", "JPY"), ("₹", "INR")]
)
def test_numbers_names_and_signs_are_known(value: Any, code: str) -> None:
    assert currency(value, {})["normalized"] == code


def test_digits_are_those_of_the_currency() -> None:
    assert [currency(code, {})["digits"] for code in ("JPY", "EUR", "KWD")] == [0, 2, 3]


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("$", "ambiguous"),
        ("KR", "ambiguous"),
        ("dollar", "unknown"),
        ("DEM", "unknown"),
        (True, "wrong_type"),
        (0, "wrong_type"),
        (1000, "wrong_type"),
    ],
)
def test_what_names_no_one_currency_is_refused(value: Any, code: str) -> None:
    with pytest.raises(Unusable) as refused:
        currency(value, {})
    assert refused.value.code == code


def test_a_locale_that_there_is_not_is_refused() -> None:
    job = JobContext("j", "data-enrichment", 1, FileStore("file:///nowhere"))
    assert with_locale(job, {}) == {}
    with pytest.raises(Reject, match=r"options\.locale: CLDR has no locale 'xx'"):
        with_locale(job, {"locale": "xx"})
