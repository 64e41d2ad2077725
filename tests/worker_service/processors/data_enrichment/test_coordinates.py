from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker_service.processors.data_enrichment.coordinates import coordinates
from worker_service.processors.data_enrichment.value import Unusable


@pytest.mark.parametrize(
    "point",
    [
        {"latitude": 52.52, "longitude": 13.405},
        {"latitude": "52.52", "longitude": Decimal("13.405")},
        {"latitude": "52.52 N", "longitude": "13.405°E"},
        "52.52, 13.405",
        "52.52° N; 13.405° E",
        "+52.52 +13.405",
    ],
)
def test_one_point_has_one_form_and_a_time_zone(point: Any) -> None:
    assert coordinates(point, {}) == {
        "normalized": "52.520000,13.405000",
        "latitude": 52.52,
        "longitude": 13.405,
        "timeZone": "Europe/Berlin",
        "geohash": "u33dc0cpp",
    }


def test_the_geohash_is_that_of_its_inventor() -> None:  # the example of https://en.wikipedia.org/wiki/Geohash
    assert coordinates("57.64911, 10.40744", {})["geohash"] == "u4pruydqq"


def test_south_and_west_are_less_than_nothing() -> None:
    added = coordinates("33.87 S, 70.5 W", {})
    assert (added["latitude"], added["longitude"], added["timeZone"]) == (-33.87, -70.5, "America/Santiago")


def test_there_is_no_minus_zero() -> None:
    assert coordinates({"latitude": -0.0, "longitude": "0 W"}, {})["normalized"] == "0.000000,0.000000"


@given(st.floats(-90, 90), st.floats(-180, 180))
def test_every_point_of_the_earth_has_a_geohash_and_stays_where_it_is(latitude: float, longitude: float) -> None:
    added = coordinates({"latitude": latitude, "longitude": longitude}, {})
    assert abs(added["latitude"] - latitude) <= 1e-6
    assert abs(added["longitude"] - longitude) <= 1e-6
    assert len(added["geohash"]) == 9


@pytest.mark.parametrize(
    ("point", "code"),
    [
        ("91, 0", "invalid"),
        ("0, 180.1", "invalid"),
        ("13.4 E, 52.5 N", "invalid"),  # the other way round
        ("-52.5 N, 0", "invalid"),
        ("52.5", "invalid"),
        ("1, 2, 3", "invalid"),
        ("52°31'12\"N 13°24'18\"E", "invalid"),
        ({"latitude": True, "longitude": 0}, "wrong_type"),
        ({"latitude": 0}, "wrong_type"),
        ({"latitude": float("nan"), "longitude": 0}, "invalid"),
        ({"latitude": " ", "longitude": 0}, "empty"),
        ({"latitude": 10**400, "longitude": 0}, "invalid"),
    ],
)
def test_what_is_no_point_is_refused(point: Any, code: str) -> None:
    with pytest.raises(Unusable) as refused:
        coordinates(point, {})
    assert refused.value.code == code
