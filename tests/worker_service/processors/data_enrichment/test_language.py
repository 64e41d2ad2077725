import pycountry
import pytest
from babel import Locale

from worker_service.processors.data_enrichment.language import language
from worker_service.processors.data_enrichment.value import Unusable


def test_a_language_comes_with_all_its_codes() -> None:
    assert language("ARABIC", {"locale": Locale("de")}) == {
        "normalized": "ar",
        "alpha3": "ara",
        "name": "Arabic",
        "nativeName": "العربية",
        "script": None,
        "region": None,
        "direction": "rtl",
        "matchedBy": "name",
        "localName": "Arabisch",
    }


@pytest.mark.parametrize(
    ("written", "normalized", "by"),
    [
        ("de", "de", "code"),
        ("GER", "de", "code"),
        ("deu", "de", "code"),
        ("zh_hant_tw", "zh-Hant-TW", "tag"),
        ("es-419", "es-419", "tag"),
        ("Deutsch", "de", "nativeName"),
        ("français", "fr", "nativeName"),
        ("Klingon", "tlh", "name"),
        ("Greek", "el", "name"),
    ],
)
def test_codes_tags_and_names_are_known(written: str, normalized: str, by: str) -> None:
    added = language(written, {})
    assert (added["normalized"], added["matchedBy"]) == (normalized, by)


def test_every_code_of_the_standard_is_known() -> None:
    for entry in pycountry.languages:
        assert language(entry.alpha_3, {})["alpha3"] == entry.alpha_3


@pytest.mark.parametrize("written", ["xx", "de-XX", "de-Xxxx-DE", "de-AT-1996", "English, I think", "?"])
def test_what_is_no_language_is_refused(written: str) -> None:
    with pytest.raises(Unusable) as refused:
        language(written, {})
    assert refused.value.code == "unknown"
