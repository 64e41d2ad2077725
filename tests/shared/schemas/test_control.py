from decimal import Decimal
from typing import Any

import pytest
from marshmallow import ValidationError

from shared.schemas.control import LimitsPatchSchema


@pytest.mark.parametrize(
    ("patch", "changes"),
    [
        ({}, {}),
        ({"paused": True}, {"paused": True}),
        ({"paused": False, "maxRunning": None}, {"paused": False, "maxRunning": None}),
        ({"maxRunning": 1}, {"maxRunning": 1}),
        ({"maxRunning": Decimal("4.0")}, {"maxRunning": 4}),
        ({"maxStartsPerSecond": Decimal("0.5")}, {"maxStartsPerSecond": 0.5}),
        ({"paused": None, "maxStartsPerSecond": None}, {"paused": None, "maxStartsPerSecond": None}),
    ],
)
def test_what_is_left_out_is_no_change_and_null_is_one(patch: dict[str, Any], changes: dict[str, Any]) -> None:
    assert LimitsPatchSchema().load(patch) == changes


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("paused", "yes"),
        ("paused", 1),
        ("maxRunning", 0),
        ("maxRunning", -1),
        ("maxRunning", Decimal("1.5")),
        ("maxRunning", 1_000_001),
        ("maxRunning", 10**4000),
        ("maxRunning", True),
        ("maxStartsPerSecond", 0),
        ("maxStartsPerSecond", Decimal("0.0009")),
        ("maxStartsPerSecond", 100_001),
        ("maxStartsPerSecond", "5"),
        ("maxStartsPerSecond", Decimal("1e308")),
        ("max_running", 1),
        ("name", "other"),
    ],
)
def test_what_is_no_limit_is_refused(member: str, value: Any) -> None:
    with pytest.raises(ValidationError) as refusal:
        LimitsPatchSchema().load({member: value})
    assert isinstance(refusal.value.messages, dict)
    assert list(refusal.value.messages) == [member]
