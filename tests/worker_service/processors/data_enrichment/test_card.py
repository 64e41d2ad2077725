import pytest

from worker_service.processors.data_enrichment.card import card
from worker_service.processors.data_enrichment.value import Unusable


@pytest.mark.parametrize(  # numbers that the schemes publish for tests
    ("number", "scheme"),
    [
        ("4111 1111 1111 1111", "visa"),
        ("5555-5555-5555-4444", "mastercard"),
        ("2223003122003222", "mastercard"),
        ("378282246310005", "american_express"),
        ("30569309025904", "diners_club"),
        ("3530111333300000", "jcb"),
        ("6011111111111117", "discover"),
        ("6200000000000005", "unionpay"),
        ("6759649826438453", "maestro"),
        ("9999999999999995", None),
    ],
)
def test_a_card_is_known_by_its_range_and_never_shown_whole(number: str, scheme: str | None) -> None:
    added = card(number, {})
    digits = number.replace(" ", "").replace("-", "")
    assert added["scheme"] == scheme
    assert added["normalized"] == digits[:6] + "*" * (len(digits) - 10) + digits[-4:]
    assert (added["iin"], added["lastFour"], added["length"]) == (digits[:6], digits[-4:], len(digits))
    assert digits not in str(added)


@pytest.mark.parametrize(
    "number", ["4111111111111112", "411111111111", "1" * 20, "4111.1111.1111.1111", "\uff14111", "?"]
)
def test_what_is_no_card_is_refused_and_not_repeated(number: str) -> None:
    with pytest.raises(Unusable) as refused:
        card(number, {})
    assert refused.value.code == "invalid"
    assert number not in refused.value.message
