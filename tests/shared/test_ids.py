import uuid
from collections.abc import Callable
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.ids import RANDOM_BITS, SEQUENCE_BITS, Ids, is_id, uuid7

moments = st.integers(0, 2**48 - 1)
sequences = st.integers(0, 2**SEQUENCE_BITS - 1)
randoms = st.integers(0, 2**RANDOM_BITS - 1)


def constant(bits: int) -> Callable[[int], int]:
    return lambda count: bits & ((1 << count) - 1)


@given(moments, sequences, randoms)
def test_an_id_is_a_uuid_of_version_7_in_canonical_text(ms: int, sequence: int, random: int) -> None:
    text = uuid7(ms, sequence, random)
    parsed = uuid.UUID(text)
    assert str(parsed) == text
    assert (parsed.version, parsed.variant) == (7, uuid.RFC_4122)
    assert is_id(text)


@given(moments, sequences, randoms)
def test_an_id_holds_its_three_numbers(ms: int, sequence: int, random: int) -> None:
    number = uuid.UUID(uuid7(ms, sequence, random)).int
    high, low = number >> 64 & 0xFFF, number >> RANDOM_BITS & 0x3FFF
    assert (number >> 80, high << 14 | low, number & (1 << RANDOM_BITS) - 1) == (ms, sequence, random)


def test_the_example_of_the_rfc_comes_out_as_the_rfc_has_it() -> None:
    """RFC 9562, appendix A.6: 2022-02-22 19:22:22 UTC, rand_a CC3, rand_b 18C4DC0C0C07398F."""
    rand_b = 0x18C4DC0C0C07398F
    made = uuid7(0x017F22E279B0, 0xCC3 << 14 | rand_b >> RANDOM_BITS, rand_b & (1 << RANDOM_BITS) - 1)
    assert made == "017f22e2-79b0-7cc3-98c4-dc0c0c07398f"


@given(st.lists(moments, min_size=2, max_size=50), st.randoms(use_true_random=False))
def test_ids_of_a_process_only_grow_whatever_its_clock_does(clock: list[int], random: Random) -> None:
    ids = Ids(random.getrandbits)
    made = [ids.next(now) for now in clock]
    assert all(earlier < later for earlier, later in pairwise(made))


def test_a_millisecond_whose_sequence_is_used_up_runs_over_into_the_next() -> None:
    ids = Ids(constant(-1))
    ids.next(1_000)
    ids._sequence = (1 << SEQUENCE_BITS) - 1
    assert ids.next(1_000) == uuid7(1_001, (1 << SEQUENCE_BITS - 1) - 1, (1 << RANDOM_BITS) - 1)


def test_an_id_carries_the_time_it_was_made_for() -> None:
    assert uuid.UUID(Ids(constant(0)).next(1_700_000_000_000)).int >> 80 == 1_700_000_000_000


@pytest.mark.parametrize(
    "text",
    [
        "",
        "batch",
        "017f22e2-79b0-4cc3-98c4-dc0c0c07398f",  # version 4
        "017f22e2-79b0-7cc3-08c4-dc0c0c07398f",  # another variant
        "017F22E2-79B0-7CC3-98C4-DC0C0C07398F",
        "017f22e279b07cc398c4dc0c0c07398f",
        "017f22e2-79b0-7cc3-98c4-dc0c0c07398f\n",
        "{017f22e2-79b0-7cc3-98c4-dc0c0c07398f}",
    ],
)
def test_nothing_else_is_taken_for_an_id(text: str) -> None:
    assert not is_id(text)
