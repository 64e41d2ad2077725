from base64 import urlsafe_b64encode
from typing import Any

import pytest
from marshmallow import ValidationError

from shared.job import Status
from shared.schemas.listing import MAX_PAGE_SIZE, PAGE_SIZE, ListingSchema, page_token

SCHEMA = ListingSchema()
ID = "017f22e2-79b0-7cc3-98c4-dc0c0c07398f"


def mistakes(query: dict[str, Any]) -> Any:
    with pytest.raises(ValidationError) as caught:
        SCHEMA.load(query)
    return caught.value.messages


def test_without_parameters_all_jobs_are_listed_from_the_newest() -> None:
    loaded = SCHEMA.load({})
    assert (list(loaded["status"]), list(loaded["type"]), loaded.get("tag")) == ([], [], None)
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


def test_a_page_token_leads_back_to_its_job() -> None:
    assert SCHEMA.load({"pageToken": page_token(ID)})["page_token"] == ID


@pytest.mark.parametrize(
    "token", ["", "x", ID, "ä", page_token("x"), page_token(ID)[:-1], urlsafe_b64encode(b"\xff" * 36).decode()]
)
def test_a_made_up_page_token_is_refused(token: str) -> None:
    assert list(mistakes({"pageToken": token})) == ["pageToken"]


@pytest.mark.parametrize(
    ("parameter", "value"),
    [
        ("status", ["done"]),
        ("status", ["pending", "PENDING"]),
        ("status", ["pending"] * 9),
        ("type", [""]),
        ("type", ["x" * 101]),
        ("type", ["x"] * 51),
        ("tag", ""),
        ("tag", "a b"),
        ("tag", "a\n"),
        ("page_size", "5"),
        ("limit", "5"),
    ],
)
def test_a_wrong_parameter_is_named(parameter: str, value: object) -> None:
    assert list(mistakes({parameter: value})) == [parameter]
