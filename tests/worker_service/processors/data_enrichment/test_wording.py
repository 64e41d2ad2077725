from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.job_types.enrichment_options import LANGUAGES, ORDERS
from worker_service.processors.data_enrichment.value import Unusable
from worker_service.processors.data_enrichment.wording import CLEAR_ZONES, from_words

INCOMPLETE = [
    "now", "today", "yesterday", "next Friday", "Friday", "in 2 days", "5 minutes ago", "April 2025", "12 April",
    "10:00", "noon", "Q1 2025", "4/12", "last year", "2 days ago 10:00", "12 April 2025 morning",
    "tomorrow 12 April 2025",
]  # fmt: skip
NO_DATES = [
    "", "x", "foo 12 April 2025 bar", "31 June 2025", "29 Feb 2023", "12 April 2025 25:00", "1 Jan 10000", "0/0/0000",
    "12 April 2025 10:00 Europe/Berlin", "12 April 2025 and 14 May 2026", "12 April 2025 10:00 +25:00",
]  # fmt: skip


def _read(written: str, order: str | None = None, *languages: str) -> str:
    return from_words(written, order, languages or ("en",)).written.isoformat()


def _refused(written: str, order: str | None = None, *languages: str) -> tuple[str, str]:
    with pytest.raises(Unusable) as refused:
        from_words(written, order, languages or ("en",))
    return refused.value.code, refused.value.message


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("12 April 2025", "2025-04-12T00:00:00+00:00"),
        ("April 12th, 2025 3:15 PM", "2025-04-12T15:15:00+00:00"),
        ("Sat, 12 Apr 2025 12:00:00 GMT", "2025-04-12T12:00:00+00:00"),  # RFC 5322, HTTP
        ("Sat Apr 12 14:00:00 2025", "2025-04-12T14:00:00+00:00"),  # C's asctime
        ("12/Apr/2025", "2025-04-12T00:00:00+00:00"),
        ("12 Apr 2025 14:00 -0500", "2025-04-12T14:00:00-05:00"),
        ("12 Apr 2025 14:00 \N{MINUS SIGN}05:00", "2025-04-12T14:00:00-05:00"),
        ("12 Apr 2025 14:00 EDT", "2025-04-12T14:00:00-04:00"),
        ("12 Apr 2025 14:00 (CEST)", "2025-04-12T14:00:00+02:00"),
        ("Sat Apr 12 2025 14:00:00 GMT+0200 (Central European Summer Time)", "2025-04-12T14:00:00+02:00"),  # JavaScript
        ("2025/04/12", "2025-04-12T00:00:00+00:00"),
        ("13/04/2025", "2025-04-13T00:00:00+00:00"),
        ("04/13/2025", "2025-04-13T00:00:00+00:00"),
        ("04/04/2025", "2025-04-04T00:00:00+00:00"),
        ("12 Apr 69", "1969-04-12T00:00:00+00:00"),  # POSIX, strptime, %y
        ("12 Apr 68", "2068-04-12T00:00:00+00:00"),
    ],
)
def test_a_date_that_can_be_read_in_one_way_is_read(written: str, read: str) -> None:
    assert _read(written) == read


@pytest.mark.parametrize(
    ("written", "days"),
    [
        ("03/04/2025", "2025-03-04 or 2025-04-03"),
        ("03.04.2025 10:00", "2025-03-04 or 2025-04-03"),
        ("10-11-12", "2010-11-12 or 2012-10-11 or 2012-11-10"),
    ],
)
def test_a_date_that_can_be_read_in_several_ways_is_not_guessed_at(written: str, days: str) -> None:
    assert _refused(written) == ("ambiguous", f"This may be {days}: set options.order.")


@pytest.mark.parametrize(
    ("written", "order", "read"),
    [
        ("03/04/2025", "DMY", "2025-04-03T00:00:00+00:00"),
        ("03/04/2025", "MDY", "2025-03-04T00:00:00+00:00"),
        ("10-11-12", "YMD", "2010-11-12T00:00:00+00:00"),
        ("12 April 2025", "YMD", "2025-04-12T00:00:00+00:00"),  # a month in words leaves no choice
        ("12 April 2025 3 PM", "YMD", "2025-04-12T15:00:00+00:00"),
        ("2025/04/12", "DMY", "2025-04-12T00:00:00+00:00"),  # nor does a year of four digits that comes first
    ],
)
def test_the_order_of_the_rule_settles_it(written: str, order: str, read: str) -> None:
    assert _read(written, order) == read


@pytest.mark.parametrize(("written", "order"), [("13/04/2025", "MDY"), ("04/13/2025", "DMY"), ("04/13/2025", "YMD")])
def test_a_date_against_the_order_of_the_rule_is_not_turned_round(written: str, order: str) -> None:
    assert _refused(written, order) == ("invalid", f"This date does not have its numbers in the order {order}.")


@pytest.mark.parametrize("written", INCOMPLETE)
def test_nothing_is_read_that_depends_on_the_clock_or_leaves_something_out(written: str) -> None:
    assert _refused(written) == (
        "invalid",
        "This is not a date with day, month and year as numbers or words (en).",
    )


@pytest.mark.parametrize(
    ("written", "language"), [("gestern", "de"), ("hier", "fr"), ("ayer", "es"), ("vor 2 Tagen", "de")]
)
def test_relative_words_of_other_languages_are_refused_too(written: str, language: str) -> None:
    assert _refused(written, None, language)[0] == "invalid"


@pytest.mark.parametrize(
    ("written", "languages", "read"),
    [
        ("Dienstag, 4. März 2025", ["de"], "2025-03-04T00:00:00+00:00"),
        ("1er janvier 2025", ["de", "fr"], "2025-01-01T00:00:00+00:00"),
        ("12 de abril de 2025 a las 10:00", ["es"], "2025-04-12T10:00:00+00:00"),
        ("2025年4月12日", ["ja"], "2025-04-12T00:00:00+00:00"),
        ("12 апреля 2025", ["ru"], "2025-04-12T00:00:00+00:00"),
    ],
)
def test_words_are_read_in_the_languages_of_the_rule(written: str, languages: list[str], read: str) -> None:
    assert _read(written, None, *languages) == read
    assert _refused(written)[0] == "invalid"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_of_the_contract_is_one_of_the_library(language: str) -> None:
    assert _read("2025/04/12 10:00", None, language) == "2025-04-12T10:00:00+00:00"


@pytest.mark.parametrize("name", ["IST", "BST", "PT", "AST"])
def test_a_zone_whose_name_means_several_is_not_guessed_at(name: str) -> None:
    assert _refused(f"12 April 2025 10:00 {name}") == (
        "ambiguous",
        f"{name} is the name of several time zones: write the offset, as in +02:00.",
    )


@pytest.mark.parametrize("name", sorted(CLEAR_ZONES))
def test_a_zone_whose_name_means_one_is_read(name: str) -> None:
    assert from_words(f"12 April 2025 10:00 {name}", None, ("en",)).zone_stated


def test_a_text_of_many_numbers_is_refused_unread() -> None:
    assert _refused("1:" * 50) == ("invalid", "The text has too many words and numbers to be a date.")


@settings(deadline=None)  # the first call loads the library's data
@given(
    st.dates().filter(lambda day: day.year > 999),
    st.sampled_from(["%d %B %Y", "%B %d, %Y", "%a %b %d %Y", "%d-%b-%Y 10:00 +0200", "%Y %b %d", "%A, %d %B %Y 3 PM"]),
    st.sampled_from([None, *ORDERS]),
)
def test_with_the_month_in_words_every_order_reads_the_same(day: date, form: str, order: str | None) -> None:
    assert from_words(day.strftime(form), order, ("en",)).written.date() == day


@settings(deadline=None)  # the first call loads the library's data
@given(st.dates().filter(lambda day: day.year > 999), st.sampled_from("/.-"), st.sampled_from(ORDERS))
def test_a_date_is_read_in_the_order_in_which_it_was_written(day: date, separator: str, order: str) -> None:
    form = separator.join({"D": "%d", "M": "%m", "Y": "%Y"}[part] for part in order)
    assert from_words(day.strftime(form), order, ("en",)).written.date() == day


@pytest.mark.parametrize("written", NO_DATES)
def test_what_is_no_date_is_refused(written: str) -> None:
    assert _refused(written)[0] == "invalid"
