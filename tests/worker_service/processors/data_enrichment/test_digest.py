import hashlib
import hmac
import uuid
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.files import FileStore
from worker_service.processors import JobContext, Reject
from worker_service.processors.data_enrichment.digest import MAX_LENGTH, digest, stable_id, with_key
from worker_service.processors.data_enrichment.value import Unusable

KEY = "0123456789abcdef0123456789abcdef"


def _job(**configured: str) -> JobContext:
    return JobContext("j", "data-enrichment", 1, FileStore("file:///nowhere"), configured=configured)


def test_a_text_has_the_hash_that_every_tool_gives_it() -> None:
    for algorithm in ("sha256", "sha512", "sha3-256"):
        expected = hashlib.new(algorithm.replace("3-", "3_"), "ü".encode()).hexdigest()
        assert digest("ü", {"algorithm": algorithm}) == {
            "normalized": expected,
            "algorithm": algorithm,
            "keyed": False,
        }


def test_a_keyed_hash_is_hmac_with_the_workers_key() -> None:
    options = with_key(_job(hash_key=KEY), {"keyed": True})
    assert digest("a", options)["normalized"] == hmac.new(KEY.encode(), b"a", "sha256").hexdigest()
    assert digest("a", options)["keyed"] is True


def test_a_worker_without_a_key_makes_no_keyed_hashes() -> None:
    with pytest.raises(Reject, match=r"options\.keyed needs a worker that has DMPS_HASH_KEY"):
        with_key(_job(), {"keyed": True})
    assert with_key(_job(hash_key=KEY), {}) == {}


def test_several_values_are_hashed_with_their_names() -> None:
    expected = hashlib.sha256('{"a":"1","b":"ü"}'.encode()).hexdigest()
    assert digest({"b": "ü", "a": 1}, {})["normalized"] == expected


def test_an_id_is_the_uuid_5_that_every_tool_makes() -> None:
    options = {"namespace": str(uuid.NAMESPACE_URL)}
    assert stable_id("https://example.com", options)["normalized"] == str(
        uuid.uuid5(uuid.NAMESPACE_URL, "https://example.com")
    )


def test_folding_makes_spellings_the_same_and_nothing_else() -> None:
    fold = {"fold": True}
    assert stable_id("STRASSE  1", fold) == stable_id(" stra\u00dfe\t1", fold) == stable_id("\uff33traße 1", fold)
    assert stable_id("strasse 1", fold) != stable_id("strasse 11", fold)
    assert stable_id("a", {}) != stable_id("A", {})


@given(st.text(max_size=30), st.text(max_size=30))
def test_ids_are_equal_for_equal_values_only(one: str, other: str) -> None:
    try:
        ids = {stable_id({"a": one, "b": other}, {})["normalized"], stable_id({"b": other, "a": one}, {})["normalized"]}
    except Unusable:
        return
    assert len(ids) == 1
    assert (stable_id({"a": other, "b": one}, {})["normalized"] in ids) == (one.strip() == other.strip())


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("", "empty"),
        ("\ud800", "invalid"),
        ([], "wrong_type"),
        (1.5, "wrong_type"),
        (True, "wrong_type"),
        (10**100, "too_long"),
        ("a" * (MAX_LENGTH + 1), "too_long"),
        ({"a": {"b": "c"}}, "wrong_type"),
    ],
)
def test_what_has_no_one_spelling_is_refused(value: Any, code: str) -> None:
    for function in (digest, stable_id):
        with pytest.raises(Unusable) as refused:
            function(value, {})
        assert refused.value.code == code
