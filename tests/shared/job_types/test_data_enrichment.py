"""What a `data-enrichment` accepts, and what it says to the rest."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from marshmallow import Schema, ValidationError, fields

from shared import discovery
from shared.errors import Misconfigured
from shared.job_types import JobType
from shared.job_types.data_enrichment import (
    DATA_ENRICHMENT,
    MAX_RECORDS,
    MAX_RULES,
    MAX_VALUES,
    job_type,
)
from shared.job_types.data_enrichment_result import DataEnrichmentResult
from shared.job_types.enrichment import Enrichment
from shared.job_types.enrichment_options import LANGUAGES, REGIONS
from shared.job_types.enrichments import ENRICHMENTS
from shared.schemas.variants import Variants

EMAIL = {"field": "email", "with": "email"}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.decimals(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=10,
)


def _payload(*rules: object, records: Iterable[object] = ({"email": "a@example.com"},)) -> dict[str, Any]:
    return {"records": list(records), "enrich": list(rules)}


def _errors(payload: dict[str, Any]) -> dict[str, Any]:
    with pytest.raises(ValidationError) as refused:
        DATA_ENRICHMENT.load_payload(payload)
    return refused.value.messages_dict


def _all_fields(schema: Schema) -> Iterator[fields.Field[Any]]:
    """The fields of a schema, and those of the elements, values and objects inside them."""
    for field in schema.fields.values():
        yield field
        for inner in (getattr(field, name, None) for name in ("inner", "key_field", "value_field")):
            if isinstance(inner, fields.Nested):
                yield from _all_fields(inner.schema)
            elif isinstance(inner, Variants):
                for schema_of_one in inner.schemas.values():
                    yield from _all_fields(schema_of_one)
            elif inner:
                yield inner
        if isinstance(field, fields.Nested):
            yield from _all_fields(field.schema)


def test_discovery_finds_the_type() -> None:
    assert discovery.values(["shared.job_types.data_enrichment"], JobType) == [DATA_ENRICHMENT]


def test_the_summary_is_one_sentence() -> None:
    assert DATA_ENRICHMENT.summary.startswith("Normalise and enrich records from local data")


def test_the_examples_of_the_fields_make_a_valid_payload() -> None:
    wanted = DATA_ENRICHMENT.payload_schema.fields
    example = {name: wanted[name].metadata["example"] for name in ("records", "enrich")}
    assert [rule["kind"] for rule in DATA_ENRICHMENT.load_payload(example)["enrich"]] == ["email", "phone"]


@pytest.mark.parametrize("schema", [DATA_ENRICHMENT.payload_schema, DataEnrichmentResult()], ids=["payload", "result"])
def test_every_field_is_described(schema: Schema) -> None:
    for field in _all_fields(schema):
        assert field.metadata["description"].endswith("."), field.name


def test_a_rule_writes_under_its_fields_name_unless_it_states_another() -> None:
    rules = DATA_ENRICHMENT.load_payload(_payload(EMAIL, {"field": "site", "with": "url", "as": "web"}))["enrich"]
    assert [rule["name"] for rule in rules] == ["email", "web"]


def test_records_arrive_as_they_were_sent() -> None:
    record = {"": None, "a/b": [1, {"c": "ü"}], "enriched": True}
    assert DATA_ENRICHMENT.load_payload(_payload(EMAIL, records=[record]))["records"] == [record]


def test_an_option_of_another_enrichment_is_refused() -> None:
    errors = _errors(_payload({**EMAIL, "options": {"region": "DE"}}))
    assert errors == {"enrich": {0: {"options": {"region": ["'email' does not take it; it takes no options."]}}}}


def test_every_enrichment_adds_the_canonical_form_first() -> None:
    assert {enrichment.adds[0] for enrichment in ENRICHMENTS.values()} == {"normalized"}


def test_there_are_no_two_regions_or_languages_alike() -> None:
    assert (len(set(REGIONS)), len(set(LANGUAGES))) == (len(REGIONS), len(LANGUAGES))


@pytest.mark.parametrize(
    ("rule", "at"),
    [
        ({"with": "email"}, ("field",)),
        ({"field": "email"}, ("with",)),
        ({"field": "", "with": "email"}, ("field",)),
        ({"field": "x" * 201, "with": "email"}, ("field",)),
        ({"field": 1, "with": "email"}, ("field",)),
        ({"field": "email", "with": "Email"}, ("with",)),
        ({"field": "email", "with": ["email"]}, ("with",)),
        ({"field": "email", "with": "email", "as": ""}, ("as",)),
        ({"field": "email", "with": "email", "to": "x"}, ("to",)),
        ({"field": "email", "with": "email", "options": None}, ("options",)),
        ({"field": "email", "with": "email", "options": {"depth": 1}}, ("options", "depth")),
        ({"field": "phone", "with": "phone", "options": {"region": "de"}}, ("options", "region")),
        ({"field": "phone", "with": "phone", "options": {"region": {}}}, ("options", "region")),
        ({"field": "day", "with": "timestamp", "options": {"order": "YDM"}}, ("options", "order")),
        ({"field": "day", "with": "timestamp", "options": {"unit": "days"}}, ("options", "unit")),
        ({"field": "day", "with": "timestamp", "options": {"languages": []}}, ("options", "languages")),
        ({"field": "day", "with": "timestamp", "options": {"languages": ["en"] * 6}}, ("options", "languages")),
        ({"field": "day", "with": "timestamp", "options": {"languages": ["xx"]}}, ("options", "languages", 0)),
    ],
)
def test_a_wrong_rule_is_refused_at_the_place_of_the_mistake(rule: dict[str, Any], at: tuple[Any, ...]) -> None:
    errors = _errors(_payload(rule))["enrich"][0]
    for name in at:
        errors = errors[name]
    assert isinstance(errors, list)


def test_two_rules_cannot_write_under_one_name() -> None:
    errors = _errors(_payload(EMAIL, {"field": "email", "with": "url"}))
    assert list(errors["enrich"][1]) == ["as"]


def test_a_rule_that_repeats_another_is_refused() -> None:
    assert list(_errors(_payload(EMAIL, {**EMAIL, "as": "again"}))["enrich"][1]) == ["with"]


def test_one_field_can_be_read_twice_with_different_options() -> None:
    rules = [{"field": "phone", "with": "phone", "as": code, "options": {"region": code}} for code in ("DE", "FR")]
    assert len(DATA_ENRICHMENT.load_payload(_payload(*rules))["enrich"]) == 2


@pytest.mark.parametrize("records", [[], [[]], ["a"], [None], [{}] * (MAX_RECORDS + 1)])
def test_records_are_a_bounded_list_of_objects(records: list[Any]) -> None:
    assert "records" in _errors(_payload(EMAIL, records=records))


@pytest.mark.parametrize("count", [0, MAX_RULES + 1])
def test_rules_are_a_bounded_list(count: int) -> None:
    rules = [{"field": f"f{index}", "with": "email"} for index in range(count)]
    assert "enrich" in _errors(_payload(*rules))


def test_records_times_rules_are_bounded() -> None:
    rules = [{"field": f"f{index}", "with": "email"} for index in range(MAX_VALUES // MAX_RECORDS + 1)]
    assert "60,000" in _errors(_payload(*rules, records=[{}] * MAX_RECORDS))["records"][0]
    assert DATA_ENRICHMENT.load_payload(_payload(*rules[1:], records=[{}] * MAX_RECORDS))


CHAIN = {"field": {"rule": "email", "member": "domain"}, "with": "domain"}


def test_a_rule_may_read_what_an_earlier_one_adds() -> None:
    email, domain = DATA_ENRICHMENT.load_payload(_payload(EMAIL, CHAIN))["enrich"]
    assert (email["name"], domain["name"]) == ("email", "domain")
    assert (str(email["field"]), str(domain["field"])) == ("email", "email.domain")


@pytest.mark.parametrize(
    ("rules", "wrong"),
    [
        ([CHAIN, EMAIL], "rule"),
        ([EMAIL, {**CHAIN, "field": {"rule": "email", "member": "zip"}}], "member"),
        ([EMAIL, {**CHAIN, "field": {"rule": "domain", "member": "normalized"}}], "rule"),  # itself
    ],
)
def test_a_rule_that_reads_what_nobody_wrote_before_is_refused(rules: list[dict[str, Any]], wrong: str) -> None:
    ((_, errors),) = _errors(_payload(*rules))["enrich"].items()
    assert list(errors["field"]) == [wrong]


def test_several_values_are_read_by_their_names() -> None:
    rule = {"fields": {"latitude": "lat", "longitude": "lon"}, "with": "coordinates"}
    (loaded,) = DATA_ENRICHMENT.load_payload(_payload(rule))["enrich"]
    assert (loaded["name"], loaded["field"]) == ("coordinates", None)


@pytest.mark.parametrize(
    "rule",
    [
        {"fields": {"latitude": "lat"}, "with": "coordinates"},
        {"fields": {"latitude": "lat", "longitude": "lon", "height": "h"}, "with": "coordinates"},
        {"fields": {}, "with": "id"},
        {"fields": {"a": "a"}, "field": "a", "with": "id"},
        {"with": "id"},
        {"fields": {"a": "a"}, "field": "a", "with": "email"},
        {"fields": {"a": {"rule": "none", "member": "a"}}, "with": "id"},
    ],
)
def test_values_that_an_enrichment_does_not_take_are_refused(rule: dict[str, Any]) -> None:
    assert set(_errors(_payload(rule))["enrich"][0]) & {"field", "fields"}


FILE = {"fileId": "01932c5e-7a3b-7c4d-8e5f-0123456789ab"}


def test_the_records_may_come_in_a_file() -> None:
    loaded = DATA_ENRICHMENT.load_payload({"file": {**FILE, "output": "parquet"}, "enrich": [EMAIL]})
    assert loaded["file"] == {"file_id": FILE["fileId"], "output": "parquet"}


@pytest.mark.parametrize("payload", [{}, {"file": FILE, "records": [{}]}])
def test_the_records_come_once(payload: dict[str, Any]) -> None:
    assert list(_errors({**payload, "enrich": [EMAIL]})) == ["records"]


@pytest.mark.parametrize(
    ("file", "at"), [({}, "fileId"), ({"fileId": "../x"}, "fileId"), ({**FILE, "format": "xlsx"}, "format")]
)
def test_a_file_that_cannot_be_one_is_refused(file: dict[str, Any], at: str) -> None:
    assert list(_errors({"file": file, "enrich": [EMAIL]})["file"]) == [at]


LOYALTY = Enrichment("loyalty", reads="a number", adds=("normalized", "tier"), example="7", work="acme.loyalty:tier")


def test_a_plug_in_adds_an_enrichment_like_ours() -> None:
    wider = job_type([LOYALTY])
    (rule,) = wider.load_payload(_payload({"field": "n", "with": "loyalty"}))["enrich"]
    assert rule["enrichment"] is LOYALTY
    assert "with" in _errors(_payload({"field": "n", "with": "loyalty"}))["enrich"][0]  # the narrower type knows none


def test_two_enrichments_of_one_name_stop_the_start() -> None:
    with pytest.raises(Misconfigured, match="'loyalty'"):
        job_type([LOYALTY, replace(LOYALTY, reads="another")])
    with pytest.raises(Misconfigured, match="'email'"):
        job_type([replace(LOYALTY, name="email")])


@pytest.mark.parametrize(("name", "adds"), [("Loyalty", ("normalized",)), ("loyalty", ("tier",)), ("loyalty", ())])
def test_an_enrichment_has_a_name_and_adds_the_canonical_form_first(name: str, adds: tuple[str, ...]) -> None:
    with pytest.raises(Misconfigured):
        replace(LOYALTY, name=name, adds=adds)


@settings(deadline=None)
@given(JSON, JSON, JSON, JSON)
def test_whatever_value_comes_only_a_validation_error_goes_out(
    records: object, kind: object, name: object, option: object
) -> None:
    options = {name: dict.fromkeys(known.options, option) for name, known in ENRICHMENTS.items()}
    rules = [
        {"field": "f", "fields": option, "with": known, "as": known, "options": asked}
        for known, asked in options.items()
    ]
    rule = {"fields": {"latitude": name, "longitude": option}, "with": "coordinates"}
    for payload in (
        {"records": records, "enrich": records},
        _payload({"field": name, "with": kind, "as": option, "options": option}),
        _payload(rule, option, records=[{"f": option}]),
        _payload(*rules, rule),
        {"file": option, "enrich": [EMAIL]},
        {"file": {"fileId": name, "format": kind, "output": option}, "enrich": [EMAIL]},
    ):
        try:
            DATA_ENRICHMENT.load_payload(payload)
        except ValidationError as refused:
            assert refused.messages  # noqa: PT017 - either outcome will do, but no other
