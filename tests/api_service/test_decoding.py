import json
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw

from api_service.decoding import MAX_DEPTH, has_more, is_deeper, json_elements, json_members, json_object
from api_service.problems import Problem

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**80), 2**80) | texts | st.sampled_from(['"', "\\", "[{", '\\"]']),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=20,
)


def depth(value: Any) -> int:
    if isinstance(value, dict):
        return 1 + max(map(depth, value.values()), default=0)
    if isinstance(value, list):
        return 1 + max(map(depth, value), default=0)
    return 0


def refusal(text: bytes, pointer: str = "") -> Problem:
    with pytest.raises(Problem) as caught:
        json_object(text, pointer)
    return caught.value


def test_numbers_keep_the_value_that_was_written() -> None:
    assert json_object(b'{"a": 1.10, "b": 1180591620717411303424, "c": 1E5}') == {
        "a": Decimal("1.10"),
        "b": 2**70,
        "c": Decimal("1E5"),
    }


@given(st.dictionaries(texts, values, max_size=4))
def test_every_object_comes_out_as_it_went_in(value: dict[str, Any]) -> None:
    assert json_object(json.dumps(value).encode()) == value
    assert json_object(json.dumps(value, ensure_ascii=False).encode()) == value


@given(values, st.integers(0, 6))
def test_depth_counts_arrays_and_objects_but_no_brackets_in_strings(value: Any, limit: int) -> None:
    assert is_deeper(json.dumps(value).encode(), limit) == (depth(value) > limit)


@given(st.binary(max_size=200), st.integers(0, 5))
def test_depth_can_be_asked_of_any_bytes(text: bytes, limit: int) -> None:
    assert is_deeper(text, limit) in {True, False}


def test_objects_may_nest_exactly_as_deep_as_the_limit() -> None:
    def nested(levels: int) -> bytes:
        return b'{"a":' * levels + b"1" + b"}" * levels

    assert json_object(nested(MAX_DEPTH))
    assert refusal(nested(MAX_DEPTH + 1)).errors[0].code == "too_deep"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(b'{"a":' + b"[" * 100_000, id="unbalanced"),
        pytest.param(b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}", id="balanced"),
        pytest.param(b'{"a":' * 100_000, id="objects"),
    ],
)
def test_endless_nesting_is_refused(text: bytes) -> None:
    problem = refusal(text)
    assert (problem.status, problem.errors[0].code) == (400, "too_deep")


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"   ",
        b"{",
        b'{"a":1,}',
        b"{'a':1}",
        b'{"a":01}',
        b'{"a":+1}',
        b'{"a":.5}',
        b'{"a":NaN}',
        b'{"a":-Infinity}',
        b'{"a":"\x01"}',
        b'{"a":"\\x"}',
        b'{"a":"\\ud800"}',
        b'{"a":"\\udc00\\ud800"}',
        b'{"\\ud800":1}',
        b'{"a":"\xff"}',
        b'{"a":"\xed\xa0\x80"}',
        b'{"\xff":1}',
        b"{} {}",
        b"\xef\xbb\xbf{}",
        '{"a":1}'.encode("utf-16"),
        b"undefined",
    ],
)
def test_what_is_no_json_is_malformed(text: bytes) -> None:
    problem = refusal(text)
    assert (problem.status, problem.title) == (400, "Malformed JSON")
    assert problem.errors[0].code == "malformed"


@pytest.mark.parametrize("text", [b"[]", b"1", b'"x"', b"null", b"true", b'[{"type":"x"}]'])
def test_a_body_is_an_object(text: bytes) -> None:
    problem = refusal(text, "/jobs/3")
    assert (problem.status, problem.errors[0].pointer) == (422, "/jobs/3")


@pytest.mark.parametrize(
    ("text", "pointer"),
    [
        (b'{"a":1e400}', "/a"),
        (b'{"a":[1,{"b/c~d":[-1e400]}]}', "/a/1/b~1c~0d/0"),
        (b'{"a":1e99999999999999999999}', "/a"),
        (b'{"a":1e9992025}', "/a"),
        (b'{"a":-1e1000000}', "/a"),
        (b'{"a":[0, 1e-99999999999999999999]}', "/a/1"),
        pytest.param(b'{"a":{"":' + b"9" * 4301 + b"}}", "/a/", id="4301 digits"),
        pytest.param(b'{"a":' * 31 + b"1e400" + b"}" * 31, "/a" * 31, id="deep"),
    ],
)
def test_a_number_out_of_range_is_named(text: bytes, pointer: str) -> None:
    problem = refusal(text, "/jobs/0")
    assert problem.status == 422
    assert (problem.errors[0].pointer, problem.errors[0].code) == (f"/jobs/0{pointer}", "out_of_range")


@pytest.mark.parametrize("text", [b'{"a":1e308}', b'{"a":-1.7976931348623157e308}', b'{"a":1e-400}'])
def test_numbers_within_the_range_of_a_double_pass(text: bytes) -> None:
    assert json_object(text)


def test_integers_may_have_4300_digits() -> None:
    assert json_object(b'{"a":' + b"9" * 4300 + b"}") == {"a": 10**4300 - 1}


def test_text_that_is_not_utf_8_is_named() -> None:
    assert refusal(b'{"a":{"b":["fine","\xff"]}}').errors[0].pointer == "/a/b/1"


def test_in_a_large_text_what_holds_the_bad_value_is_named() -> None:
    text = b'{"a":{"b":[' + b"1.5," * 250_000 + b"1e400]}}"
    assert refusal(text).errors[0].pointer == "/a/b"


@pytest.mark.parametrize("first", [b'"\xff"', b"1e400"])
@pytest.mark.parametrize("second", [b"]", b'"', b"1e999@", b"\x00"])
@pytest.mark.parametrize("form", [b'{"a":%b,"b":%b}', b'{"a":[%b,%b]}'])
def test_two_faults_of_different_kinds_are_a_problem_too(first: bytes, second: bytes, form: bytes) -> None:
    assert refusal(form % (first, second)).status in {400, 422}


def test_at_the_first_element_too_many_an_array_is_known_to_have_more() -> None:
    assert has_more(Raw(b"[1,2,3]"), 2)
    assert not has_more(Raw(b"[1,2]"), 2)
    assert not has_more(Raw(b'{"a":1,"b":2,"c":3}'), 2)
    assert not has_more(Raw(b"null"), 2)


def test_members_come_out_as_they_were_written() -> None:
    members = json_members(b'{"payload": {"n": 1.10 }, "type":"x"}')
    assert {name: bytes(value) for name, value in members.items()} == {"payload": b'{"n": 1.10 }', "type": b'"x"'}


@pytest.mark.parametrize(
    ("text", "status"), [(b"[]", 422), (b"{", 400), (b'{"\xff":1}', 400), (b'{"jobs":' + b"[" * 100_000, 400)]
)
def test_members_are_those_of_an_object(text: bytes, status: int) -> None:
    with pytest.raises(Problem) as caught:
        json_members(text)
    assert caught.value.status == status


def test_elements_come_out_as_they_were_written() -> None:
    elements = json_elements(Raw(b'[ 1.10, {"a": 1}]'))
    assert elements is not None
    assert [bytes(element) for element in elements] == [b"1.10", b'{"a": 1}']
    assert json_elements(Raw(b"{}")) is None


@given(st.binary(max_size=60))
def test_whatever_comes_is_an_object_or_a_problem(text: bytes) -> None:
    try:
        json_object(text)
    except Problem as problem:
        refused = problem
    else:
        return
    assert 400 <= refused.status < 500
    assert msgspec.json.encode(refused.body)
