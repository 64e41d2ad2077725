import pytest

from benchmarks.__main__ import main
from benchmarks.parts.all import PARTS


def test_the_names_of_parts_are_single_words_and_unique() -> None:
    names = [part.name for part in PARTS]
    assert len(set(names)) == len(names)
    assert all(name.isalpha() for name in names)


def test_an_unknown_part_is_refused_and_the_known_ones_are_named(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["drain", "nonsense"])
    told = capsys.readouterr().err
    assert "no part is called nonsense" in told
    assert all(part.name in told for part in PARTS)


def test_less_than_one_round_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--rounds", "0"])
    assert "at least 1" in capsys.readouterr().err
