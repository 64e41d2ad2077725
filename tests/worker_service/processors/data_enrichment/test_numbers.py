import pytest

from worker_service.processors.data_enrichment.numbers import isbn, vat
from worker_service.processors.data_enrichment.value import Unusable


@pytest.mark.parametrize(  # the examples of python-stdnum's documentation
    ("written", "normalized", "country"),
    [
        ("DE 136,695 976", "DE136695976", "DE"),
        ("EL 094259216", "EL094259216", "GR"),
        ("GR 094259216", "EL094259216", "GR"),
        ("nl4495445B01", "NL004495445B01", "NL"),
        ("GB 980 7806 84", "GB980780684", "GB"),
        ("XI 980 7806 84", "XI980780684", "GB"),
        ("NO 995 525 828 MVA", "NO995525828MVA", "NO"),
        ("CHE-107.787.577 IVA", "CHE107787577IVA", "CH"),
        ("ATU13585627", "ATU13585627", "AT"),
    ],
)
def test_a_number_is_known_by_its_prefix(written: str, normalized: str, country: str) -> None:
    added = vat(written, {})
    assert (added["normalized"], added["country"]) == (normalized, country)
    assert normalized.endswith(added["number"])


@pytest.mark.parametrize("written", ["DE136695978", "136695976", "US123456789", "DE", "GB1", "?", "DE\uff1136695976"])
def test_what_is_no_vat_number_is_refused(written: str) -> None:
    with pytest.raises(Unusable) as refused:
        vat(written, {})
    assert refused.value.code == "invalid"


def test_a_book_has_one_number_of_thirteen_digits() -> None:
    assert (
        isbn("ISBN 0-471-95869-7", {})
        == isbn("9780471958697", {})
        == {
            "normalized": "9780471958697",
            "isbn10": "0471958697",
            "formatted": "978-0-471-95869-7",
            "group": "0",
            "registrant": "471",
            "publication": "95869",
        }
    )
    assert isbn("979-10-90636-07-1", {})["isbn10"] is None
    assert isbn("080442957x", {})["normalized"] == "9780804429573"


@pytest.mark.parametrize("written", ["0471958696", "97804719586971", "978-0-471-95869-8", "1230471958697", "?"])
def test_what_is_no_isbn_is_refused(written: str) -> None:
    with pytest.raises(Unusable) as refused:
        isbn(written, {})
    assert refused.value.code == "invalid"
