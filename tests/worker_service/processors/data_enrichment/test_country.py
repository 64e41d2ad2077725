from collections import defaultdict

import pycountry
import pytest

from worker_service.processors.data_enrichment.country import EVERYDAY_NAMES, MAX_LENGTH, country, key
from worker_service.processors.data_enrichment.value import Unusable


def test_a_country_comes_with_all_its_codes() -> None:
    assert country("Korea, Republic of", {}) == {
        "normalized": "KR",
        "alpha3": "KOR",
        "numeric": "410",
        "name": "South Korea",
        "officialName": None,
        "flag": "🇰🇷",
        "matchedBy": "name",
        "localName": None,
    }


@pytest.mark.parametrize("attribute", ["alpha_2", "alpha_3", "numeric", "name", "common_name", "official_name"])
def test_every_code_and_name_of_the_standard_is_known(attribute: str) -> None:
    known = [entry for entry in pycountry.countries if getattr(entry, attribute, None)]
    assert known
    assert [country(getattr(entry, attribute), {})["normalized"] for entry in known] == [one.alpha_2 for one in known]


def test_every_everyday_name_is_a_name_of_one_country_only() -> None:
    names = defaultdict(set)
    for code, everyday in EVERYDAY_NAMES.items():
        for name in everyday:
            names[key(name)].add(code)
            assert country(name, {})["normalized"] == code
    assert all(len(codes) == 1 for codes in names.values())


@pytest.mark.parametrize(
    ("written", "code", "by"),
    [
        ("nl", "NL", "alpha2"),
        ("Nld", "NL", "alpha3"),
        (528, "NL", "numeric"),
        (4, "AF", "numeric"),
        ("4", "AF", "numeric"),
        ("the NETHERLANDS", "NL", "name"),
        ("U.S.A.", "US", "alpha3"),
        ("u.s.", "US", "alpha2"),
        ("UK", "GB", "name"),
        ("Turkiye", "TR", "name"),
        ("Cote d\u2019Ivoire", "CI", "name"),
        ("St. Lucia", "LC", "name"),
        ("ST", "ST", "alpha2"),
        ("Bosnia & Herzegovina", "BA", "name"),
        ("Democratic Republic of the Congo", "CD", "name"),
        ("Congo", "CG", "name"),
        ("Guinea Bissau", "GW", "name"),
    ],
)
def test_spelling_matters_little(written: object, code: str, by: str) -> None:
    added = country(written, {})
    assert (added["normalized"], added["matchedBy"]) == (code, by)


@pytest.mark.parametrize(
    "written", ["Korea", "Atlantis", "Deutschland", "Germ", "XX", "999", "&", "...", "日本 de", "²"]
)
def test_nothing_is_guessed(written: str) -> None:
    with pytest.raises(
        Unusable, match=r"^No country of ISO 3166-1 has the code or the English name '.+'\.$"
    ) as refused:
        country(written, {})
    assert refused.value.code == "unknown"


def test_a_message_does_not_repeat_a_long_value() -> None:
    with pytest.raises(Unusable) as refused:
        country("x" * MAX_LENGTH, {})
    assert len(refused.value.message) < MAX_LENGTH + 10


@pytest.mark.parametrize("value", [1000, 0, -4, True, 4.0, None, ["NL"]])
def test_what_is_neither_text_nor_numeric_code_is_refused(value: object) -> None:
    with pytest.raises(Unusable) as refused:
        country(value, {})
    assert refused.value.code == "wrong_type"
