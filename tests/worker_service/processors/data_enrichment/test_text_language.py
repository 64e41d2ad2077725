import pytest

from worker_service.processors.data_enrichment.text_language import MAX_LENGTH, text_language
from worker_service.processors.data_enrichment.value import Unusable


@pytest.mark.parametrize(
    ("text", "code", "name"),
    [
        ("The quick brown fox jumps over the lazy dog.", "en", "English"),
        ("Der schnelle braune Fuchs springt über den faulen Hund.", "de", "German"),
        ("Le vif renard brun saute par-dessus le chien paresseux.", "fr", "French"),
        ("El veloz murciélago hindú comía feliz cardillo y kiwi.", "es", "Spanish"),
        ("Съешь же ещё этих мягких французских булок, да выпей чаю.", "ru", "Russian"),
        ("いろはにほへと ちりぬるを わかよたれそ つねならむ", "ja", "Japanese"),
    ],
)
def test_a_sentence_tells_its_language(text: str, code: str, name: str) -> None:
    added = text_language(text, {})
    assert (added["normalized"], added["name"], added["reliable"]) == (code, name, True)
    assert 0.5 <= added["confidence"] <= 1.001


def test_a_short_text_is_a_guess() -> None:
    assert text_language("taxi", {})["reliable"] is False


def test_the_beginning_of_a_long_text_tells() -> None:
    beginning = "Der schnelle braune Fuchs springt über den faulen Hund. " * 20
    assert text_language(beginning + "the lazy dog. " * 600, {})["normalized"] == "de"


@pytest.mark.parametrize(
    ("text", "code"), [("12 345 !?", "unknown"), ("a" * (MAX_LENGTH + 1), "too_long"), ("\n", "empty")]
)
def test_a_text_that_tells_nothing_is_refused(text: str, code: str) -> None:
    with pytest.raises(Unusable) as refused:
        text_language(text, {})
    assert refused.value.code == code
