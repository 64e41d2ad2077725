import pytest
from marshmallow import Schema

from shared.errors import Misconfigured
from shared.job import Keep
from shared.job_types import JobType


def test_where_nobody_says_otherwise_the_lifecycle_decides() -> None:
    assert JobType("a", payload=Schema).keep is None
    assert JobType("a", payload=Schema).keeping(Keep()).keep is None


def test_a_type_says_how_long_its_jobs_are_kept() -> None:
    assert JobType("a", payload=Schema, keep_for=60).keep == Keep(60, 60, 60)
    assert JobType("a", payload=Schema, keep_for={"failed": 60}).keep == Keep(failed=60)


def test_a_type_goes_before_the_settings() -> None:
    settings = Keep(completed=1, failed=2, cancelled=3)
    assert JobType("a", payload=Schema).keeping(settings).keep == settings
    assert JobType("a", payload=Schema, keep_for=60).keeping(settings).keep == Keep(60, 60, 60)
    assert JobType("a", payload=Schema, keep_for={"failed": 60}).keeping(settings).keep == Keep(1, 60, 3)


def test_only_the_last_statuses_can_be_named() -> None:
    with pytest.raises(Misconfigured):
        JobType("a", payload=Schema, keep_for={"pending": 60})
