"""What a new job type may be called, and what is said of a name that it may not have."""

import pytest

from deploy.scaffold.naming import Refused, Spelling, spelling


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("word-count", Spelling("word-count", "word_count", "WordCount", "WORD_COUNT")),
        ("resize2", Spelling("resize2", "resize2", "Resize2", "RESIZE2")),
        ("a" * 64, Spelling("a" * 64, "a" * 64, "A" + "a" * 63, "A" * 64)),
    ],
)
def test_a_name_is_spelt_as_python_has_it(name: str, expected: Spelling) -> None:
    assert spelling(name, taken=()) == expected


@pytest.mark.parametrize(
    ("name", "advice"),
    [
        ("", "make new-type name=word-count"),
        ("Word-Count", "lower-case letters, digits and inner hyphens"),
        ("word_count", "lower-case letters, digits and inner hyphens"),
        ("../word", "lower-case letters, digits and inner hyphens"),
        ("-word", "lower-case letters, digits and inner hyphens"),
        ("a" * 65, "1 to 64"),
        ("3d-model", "Add a word: name=my-3d-model"),
        ("class", "Add a word: name=my-class"),
        ("pytest", "Add a word: name=my-pytest"),
        ("calculation", "There is a job type 'calculation' already"),
    ],
)
def test_a_name_that_it_may_not_have_is_refused_with_what_to_do(name: str, advice: str) -> None:
    with pytest.raises(Refused) as refused:
        spelling(name, taken={"calculation"})
    assert advice in str(refused.value)
