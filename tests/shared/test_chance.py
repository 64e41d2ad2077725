import pytest

from shared import chance


@pytest.mark.parametrize("bits", [1, 7, 8, 25, 48, 32_768])
def test_numbers_have_all_of_their_bits_and_no_more(bits: int) -> None:
    random_bits = chance.RandomBits()
    seen = 0
    for _ in range(200):
        number = random_bits(bits)
        assert number.bit_length() <= bits
        seen |= number
    assert seen == (1 << bits) - 1


def test_no_random_byte_is_used_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    stocks = iter([b"\x01" * chance.AT_A_TIME, b"\x02" * chance.AT_A_TIME])
    monkeypatch.setattr("shared.chance.os.urandom", lambda _: next(stocks))
    random_bits = chance.RandomBits()
    numbers = [random_bits(24) for _ in range(chance.AT_A_TIME // 3 + 1)]
    assert numbers == [0x010101] * (chance.AT_A_TIME // 3) + [0x020202]
