from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from marshmallow import ValidationError

from shared.job import Priority
from shared.retry import RetryPolicy
from shared.schemas.options import MAX_DELAY, Options, OptionsSchema

SCHEMA = OptionsSchema()
NOW = 1_700_000_000_000


def mistakes(options: dict[str, Any]) -> Any:
    with pytest.raises(ValidationError) as caught:
        SCHEMA.load(options)
    return caught.value.messages


def test_all_options_may_be_left_out() -> None:
    assert SCHEMA.load({}) == Options()


def test_options_come_out_in_the_units_of_the_core() -> None:
    given_options = {
        "delay": Decimal("1.5"),
        "maxAttempts": 5,
        "timeout": 30,
        "tags": ["a", "report:daily/eu@x_1.2-3"],
        "metadata": {"any": ["thing"]},
        "keepFor": 0,
    }
    expected = Options(delay=1.5, max_attempts=5, timeout=30.0, tags=("a", "report:daily/eu@x_1.2-3"), keep_for=0.0)
    loaded = SCHEMA.load(given_options)
    assert loaded == expected
    assert isinstance(loaded.timeout, float)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1970-01-01T00:00:00Z", 0),
        ("2023-11-14T22:13:20Z", NOW),
        ("2023-11-14t22:13:20z", NOW),
        ("2023-11-14T22:13:20.5Z", NOW + 500),
        ("2023-11-14T22:13:20.123999999Z", NOW + 123),
        ("2023-11-15T00:13:20+02:00", NOW),
        ("9999-12-31T23:59:59.999Z", 253_402_300_799_999),
        ("0001-01-01T00:00:00+14:00", -62_135_647_200_000),
    ],
)
def test_run_at_is_read_as_rfc_3339(text: str, expected: int) -> None:
    assert SCHEMA.load({"runAt": text}).run_at == expected


@given(
    st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30)),  # noqa: DTZ001 - the offset comes next
    st.integers(-14 * 60, 14 * 60),
)
def test_every_rfc_3339_time_is_the_instant_it_names(moment: datetime, offset: int) -> None:
    aware = moment.replace(tzinfo=timezone(timedelta(minutes=offset)))
    expected = (aware - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)
    assert SCHEMA.load({"runAt": aware.isoformat()}).run_at == expected


@pytest.mark.parametrize(
    "value",
    [
        "2030-01-01T00:00:00",  # no offset
        "2030-01-01",
        "20300101T000000Z",
        "2030-W01-1T00:00:00Z",
        "2030-02-30T00:00:00Z",
        "2030-01-01T25:00:00Z",
        "2030-01-01T00:00:00+99:99",
        "2030-01-01 00:00:00Z",
        "٢٠٣٠-01-01T00:00:00Z",
        "2030-01-01T00:00:00Z\n",
        "9999-12-31T23:59:59-14:00",  # in the year 10000
        "now",
        "",
        0,
        1_893_456_000,
        True,
        [],
        {},
    ],
)
def test_nothing_else_is_a_time(value: object) -> None:
    assert list(mistakes({"runAt": value})) == ["runAt"]


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("delay", -1),
        ("delay", Decimal("-0.001")),
        ("delay", MAX_DELAY + 1),
        ("delay", "5"),
        ("delay", True),
        ("delay", None),
        ("maxAttempts", 0),
        ("maxAttempts", 101),
        ("maxAttempts", Decimal("1.5")),
        ("maxAttempts", "3"),
        ("maxAttempts", True),
        pytest.param("maxAttempts", 10**5000, id="a huge maxAttempts"),
        ("timeout", Decimal("0.09")),
        ("timeout", 86_401),
        ("timeout", "30"),
        ("tags", "a"),
        ("tags", {}),
        ("tags", ["a"] * 2),
        ("tags", [f"t{n}" for n in range(21)]),
        ("metadata", []),
        ("metadata", "x"),
        ("metadata", None),
        ("keepFor", -1),
        ("keepFor", 31_536_001),
        ("priority", "highest"),
        ("priority", 1),
        ("queue", "Images"),
        ("queue", "a:b"),
        ("queue", "maintenance"),
        ("queue", ""),
        ("queue", None),
        ("backoff", "fixed"),
        ("backoff", {}),
        ("backoff", {"kind": "random"}),
        ("backoff", {"kind": "fixed", "delay": -1}),
        ("backoff", {"kind": "fixed", "delay": 5, "max": 1}),
        ("backoff", {"kind": "fixed", "base": 5}),
        ("backoff", {"kind": "fixed", "jitter": 1}),
        ("maxElapsed", -1),
        ("expiresIn", 0),
        ("deadline", "soon"),
        ("deadline", MAX_DELAY + 1),
        ("heartbeat", 0),
        ("run_at", "2030-01-01T00:00:00Z"),
        ("max_attempts", 3),
    ],
)
def test_a_wrong_option_is_named(option: str, value: object) -> None:
    assert list(mistakes({option: value})) == [option]


@pytest.mark.parametrize("tag", ["", "a" * 65, "a b", "a\n", "ä", "a,b", 1, None, ["a"]])
def test_a_wrong_tag_is_named_by_its_place(tag: object) -> None:
    assert list(mistakes({"tags": ["fine", tag]})["tags"]) == [1]


def test_a_job_cannot_have_both_a_delay_and_a_time() -> None:
    assert mistakes({"delay": 1, "runAt": "2030-01-01T00:00:00Z"}) == {
        "runAt": ["Give either delay or runAt, not both."]
    }


def test_a_job_is_due_at_its_time_or_after_its_delay_or_now() -> None:
    assert Options(run_at=5).due(NOW) == 5
    assert Options(delay=1.5).due(NOW) == NOW + 1500
    assert Options().due(NOW) == NOW


def test_the_shortest_and_the_longest_timeout_are_accepted_as_they_are_documented() -> None:
    for timeout in (Decimal("0.1"), 86_400):
        assert OptionsSchema().load({"timeout": timeout}).timeout == float(timeout)


def test_how_a_job_waits_and_is_tried_again_comes_out_as_the_core_has_it() -> None:
    options = SCHEMA.load(
        {
            "queue": "images",
            "priority": "high",
            "backoff": {"kind": "linear", "delay": 2, "max": Decimal("4.5"), "jitter": False},
            "maxElapsed": 60,
            "expiresIn": 5,
            "deadline": 90,
            "heartbeat": Decimal("0.5"),
        }
    )
    assert (options.queue, options.priority) == ("images", Priority.HIGH)
    assert options.backoff == RetryPolicy(kind="linear", delay=2.0, max=4.5, jitter=False)
    assert (options.max_elapsed, options.expires_in, options.deadline, options.heartbeat) == (60.0, 5.0, 90.0, 0.5)
