"""Acme's job type, with no worker and no store."""

from pathlib import Path
from typing import Any

import pytest
from acme_jobs.loyalty import loyalty
from acme_jobs.processors import invoice_total
from marshmallow import ValidationError

from worker_service.processors import Reject
from worker_service.processors.data_enrichment.value import Unusable
from worker_service.processors.testing import Rehearsal


@pytest.fixture
def rehearsal(tmp_path: Path) -> Rehearsal:
    return Rehearsal(invoice_total, tmp_path)


def test_tax_is_rounded_once_for_each_rate(rehearsal: Rehearsal) -> None:
    lines = [{"quantity": 1, "price": 0.03, "vat": 19}] * 3 + [{"quantity": 2, "price": 10}]
    assert rehearsal.run({"lines": lines}) == {"net": 20.09, "vat": 0.02, "gross": 20.11}
    assert rehearsal.log == ["4 lines at 2 rates"]


@pytest.mark.parametrize("line", [{"quantity": 0, "price": 1}, {"quantity": 1}, {"quantity": 1, "price": "1"}])
def test_a_line_that_makes_no_sense_is_refused(rehearsal: Rehearsal, line: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        rehearsal.run({"lines": [line]})


def test_acme_is_not_that_rich(rehearsal: Rehearsal) -> None:
    with pytest.raises(Reject, match="Acme sells nothing for"):
        rehearsal.run({"lines": [{"quantity": 1_000_000, "price": 10**9}]})


def test_a_customer_has_a_tier() -> None:
    assert loyalty("0007", {}) == {"normalized": "7", "tier": "gold"}
    with pytest.raises(Unusable):
        loyalty("nobody", {})
