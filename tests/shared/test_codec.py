from decimal import Decimal
from typing import Any

import pytest

from shared import codec


@pytest.mark.parametrize(
    "text", [b"1", b"18446744073709551616", b"-" + b"9" * 4000, b"1.10", b"0.1", b'{"a":[1,2.50,null,true,"x"]}']
)
def test_numbers_are_written_as_they_were_read(text: bytes) -> None:
    assert codec.encode(codec.decode(text)) == text


def test_a_decimal_keeps_its_value() -> None:
    assert codec.decode(b"1.1") == Decimal("1.1")


def circle() -> list[Any]:
    value: list[Any] = []
    value.append(value)
    return value


@pytest.mark.parametrize(
    "value",
    [float("nan"), [float("inf")], {"a": Decimal("NaN")}, (Decimal("-Infinity"),), object(), "\ud800", circle()],
    ids=["nan", "inf", "Decimal NaN", "Decimal inf", "object", "lone surrogate", "circle"],
)
def test_what_json_cannot_hold_is_refused(value: Any) -> None:
    with pytest.raises(ValueError, match="JSON"):
        codec.encode(value)


def test_a_text_is_made_such_that_a_record_can_hold_it() -> None:
    assert codec.clean("caf\udce9") == "caf\\udce9"
    assert len(codec.clean("x" * 10_000)) == codec.LONGEST_TEXT
