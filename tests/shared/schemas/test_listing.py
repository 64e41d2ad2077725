from typing import Any

import pytest
from marshmallow import ValidationError

from shared.job import Status
from shared.schemas.listing import FIELDS, LONGEST_TOKEN, MAX_PAGE_SIZE, PAGE_SIZE, SORTS, ListingSchema
from shared.store import Sort

SCHEMA = ListingSchema()
ID = "017f22e2-79b0-7cc3-98c4-dc0c0c07398f"


def mistakes(query: dict[str, Any]) -> Any:
    with pytest.raises(ValidationError) as caught:
        SCHEMA.load(query)
    return caught.value.messages


def test_without_parameters_all_jobs_are_listed_from_the_newest() -> None:
    loaded = SCHEMA.load({})
    assert [list(loaded[name]) for name in ("status", "type", "queue", "tag", "fields_")] == [[]] * 5
    assert loaded["sort"] == "-createdAt"
    assert (loaded["page_size"], loaded["page_token"]) == (PAGE_SIZE, "")


def test_all_statuses_can_be_asked_for_at_once() -> None:
    statuses = [str(status) for status in Status]
    assert SCHEMA.load({"status": statuses})["status"] == statuses


@pytest.mark.parametrize("text", ["1", "050", str(MAX_PAGE_SIZE)])
def test_a_page_has_one_to_two_hundred_jobs(text: str) -> None:
    assert SCHEMA.load({"pageSize": text})["page_size"] == int(text)


@pytest.mark.parametrize(
    "text", ["0", "201", "-1", "+1", "1.0", "1_0", " 7", "\uff17", "", "x", pytest.param("9" * 5000, id="long")]
)
def test_nothing_else_is_a_page_size(text: str) -> None:
    assert list(mistakes({"pageSize": text})) == ["pageSize"]


def test_the_sorts_are_those_of_the_store() -> None:
    assert list(map(Sort, SORTS)) == list(Sort)


@pytest.mark.parametrize("names", ["id", "id,status", ",".join(FIELDS)])
def test_members_are_named_with_commas(names: str) -> None:
    assert SCHEMA.load({"fields": [names]})["fields_"] == [names]


def test_times_are_those_of_rfc_3339() -> None:
    loaded = SCHEMA.load({"createdAfter": "2030-01-31T12:00:00Z", "completedBefore": "2030-01-31T13:00:00+01:00"})
    assert loaded["created_after"] == loaded["completed_before"] == 1_896_091_200_000


@pytest.mark.parametrize(
    ("parameter", "value"),
    [
        ("status", ["done"]),
        ("status", ["pending", "PENDING"]),
        ("status", ["pending"] * 9),
        ("type", [""]),
        ("type", ["x" * 101]),
        ("type", ["x"] * 51),
        ("queue", ["Images"]),
        ("queue", [""]),
        ("tag", [""]),
        ("tag", ["a b"]),
        ("tag", ["a\n"]),
        ("tag", "a"),
        ("createdAfter", "yesterday"),
        ("createdBefore", "2030-01-31T12:00:00"),
        ("completedAfter", "2030-02-30T12:00:00Z"),
        ("completedBefore", ""),
        ("parentId", "x"),
        ("sort", "+createdAt"),
        ("sort", ""),
        ("fields", ["payload"]),
        ("fields", ["id,"]),
        ("fields", [""]),
        ("pageToken", "x" * (LONGEST_TOKEN + 1)),
        ("page_size", "5"),
        ("limit", "5"),
    ],
)
def test_a_wrong_parameter_is_named(parameter: str, value: object) -> None:
    assert list(mistakes({parameter: value})) == [parameter]
