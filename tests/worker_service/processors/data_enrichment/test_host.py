import pytest

from worker_service.processors.data_enrichment.host import domain
from worker_service.processors.data_enrichment.value import Unusable


def test_a_domain_is_taken_apart() -> None:
    assert domain("Shop.BÜCHER.co.uk.", {}) == {
        "normalized": "shop.xn--bcher-kva.co.uk",
        "unicode": "shop.bücher.co.uk",
        "labels": 4,
        "subdomain": "shop",
        "registrableDomain": "xn--bcher-kva.co.uk",
        "publicSuffix": "co.uk",
    }


def test_a_name_of_one_label_is_one() -> None:
    assert domain("localhost", {})["registrableDomain"] is None


@pytest.mark.parametrize(
    "name", ["1.2.3.4", "::1", "[::1]", "a b", "a..b", "-a.com", "https://a.com", "a.com/", "a@b.c"]
)
def test_what_is_no_name_is_refused(name: str) -> None:
    with pytest.raises(Unusable) as refused:
        domain(name, {})
    assert refused.value.code == "invalid"
