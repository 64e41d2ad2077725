from decimal import Decimal
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from marshmallow import ValidationError

from shared.job_types.file_operations import CHANGES, FAMILY_OF, OPERATIONS
from shared.job_types.file_processing import FILE_PROCESSING, MAX_OPERATIONS
from shared.job_types.image_limits import MAX_PIXELS, MAX_SIDE

FILE_ID = "01932c5e-7a3b-7c4d-8e5f-0123456789ab"
VALID: dict[str, dict[str, Any]] = {
    "resize": {"width": 800},
    "thumbnail": {"width": 200},
    "crop": {"width": 1, "height": 1},
    "rotate": {},
    "flip": {},
    "flop": {},
    "grayscale": {},
    "blur": {"sigma": 1},
    "sharpen": {},
    "watermark": {"text": "mine"},
    "toSrgb": {},
    "convert": {"format": "webp"},
    "readTable": {},
    "select": {"columns": ["a"]},
    "rename": {"names": {"a": "b"}},
    "filter": {"where": "a > 1"},
    "compute": {"column": "b", "value": "a * 2"},
    "sort": {"by": [{"column": "a"}]},
    "aggregate": {"values": [{"function": "count"}]},
    "deduplicate": {},
    "limit": {"rows": 1},
    "writeTable": {"format": "parquet"},
    "compress": {"format": "gzip"},
    "decompress": {},
    "metadata": {},
    "exif": {},
    "dominantColors": {},
    "perceptualHash": {},
    "profile": {},
    "checksum": {},
    "identify": {},
    "pdfMetadata": {},
    "pdfText": {},
}

numbers = st.integers() | st.decimals() | st.floats()
scalars = st.none() | st.booleans() | numbers | st.text(max_size=10) | st.sampled_from(["auto", "inside", "jpeg", 90])
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
)
parameters = st.sampled_from(
    ["width", "height", "fit", "crop", "format", "quality", "angle", "left", "top", "sigma", "text", "color", "unknown"]
)
operations = st.builds(
    lambda name, rest: {**rest, "operation": name},
    st.sampled_from(list(OPERATIONS)) | values,
    st.dictionaries(parameters, values, max_size=5),
)


def load(*operations: Any, file_id: Any = FILE_ID) -> dict[str, Any]:
    return FILE_PROCESSING.load_payload({"fileId": file_id, "operations": list(operations)})


def load_one(name: str, **parameters: Any) -> dict[str, Any]:
    loaded: dict[str, Any] = load({"operation": name, **parameters})["operations"][0]
    return loaded


def errors_of(name: str, **parameters: Any) -> Any:
    with pytest.raises(ValidationError) as caught:
        load_one(name, **parameters)
    messages = caught.value.messages
    assert isinstance(messages, dict)
    return messages["operations"][0]


def test_the_example_of_the_contract_is_valid() -> None:
    fields = FILE_PROCESSING.payload_schema.fields
    load(*fields["operations"].metadata["example"], file_id=fields["file_id"].metadata["example"])


def test_the_smallest_form_of_every_operation_is_valid() -> None:
    assert list(VALID) == list(OPERATIONS)
    assert [load_one(name, **rest)["operation"] for name, rest in VALID.items()] == list(OPERATIONS)


@pytest.mark.parametrize(
    ("name", "defaults"),
    [
        ("resize", {"fit": "inside", "enlarge": False}),
        ("thumbnail", {"crop": "attention", "enlarge": False}),
        ("rotate", {"angle": "auto"}),
        ("crop", {"left": 0, "top": 0}),
    ],
)
def test_what_is_left_out_has_a_default(name: str, defaults: dict[str, Any]) -> None:
    assert load_one(name, **VALID[name]) == {"operation": name, **VALID[name], **defaults}


@pytest.mark.parametrize(
    ("name", "wrong", "field"),
    [
        ("resize", {}, "width"),
        ("resize", {"width": 0}, "width"),
        ("resize", {"width": -1}, "width"),
        ("resize", {"width": MAX_SIDE + 1}, "width"),
        ("resize", {"width": 1_000_000_000}, "width"),
        ("resize", {"height": 10**400}, "height"),
        ("resize", {"width": Decimal("800.5")}, "width"),
        ("resize", {"width": "800"}, "width"),
        ("resize", {"width": True}, "width"),
        ("resize", {"width": None}, "width"),
        ("resize", {"width": 8, "fit": "stretch"}, "fit"),
        ("resize", {"width": 8, "fit": ["inside"]}, "fit"),
        ("resize", {"width": 8, "heigth": 6}, "heigth"),
        ("thumbnail", {}, "width"),
        ("thumbnail", {"width": 8, "crop": "north"}, "crop"),
        ("convert", {}, "format"),
        ("convert", {"format": "svg"}, "format"),
        ("convert", {"format": "jpeg", "quality": 0}, "quality"),
        ("convert", {"format": "jpeg", "quality": 101}, "quality"),
        ("convert", {"format": "png", "quality": 80}, "quality"),
        ("convert", {"format": "jpeg", "lossless": True}, "lossless"),
        ("convert", {"format": "jpeg", "effort": 5}, "effort"),
        ("convert", {"format": "png", "effort": 10}, "effort"),
        ("convert", {"format": "png", "metadata": "some"}, "metadata"),
        ("resize", {"width": 8, "enlarge": "yes"}, "enlarge"),
        ("resize", {"width": 8, "background": "#ff0000"}, "background"),
        ("resize", {"width": 8, "fit": "contain", "background": "red"}, "background"),
        ("blur", {}, "sigma"),
        ("blur", {"sigma": 0}, "sigma"),
        ("blur", {"sigma": 101}, "sigma"),
        ("blur", {"sigma": Decimal("NaN")}, "sigma"),
        ("sharpen", {"sigma": 11}, "sigma"),
        ("sharpen", {"amount": -1}, "amount"),
        ("watermark", {}, "text"),
        ("watermark", {"text": ""}, "text"),
        ("watermark", {"text": " \n"}, "text"),
        ("watermark", {"text": "x" * 201}, "text"),
        ("watermark", {"text": "x", "fileId": FILE_ID}, "text"),
        ("watermark", {"fileId": "../secret"}, "fileId"),
        ("watermark", {"fileId": FILE_ID, "color": "#ffffff"}, "color"),
        ("watermark", {"text": "x", "color": "#fff"}, "color"),
        ("watermark", {"text": "x", "position": "left"}, "position"),
        ("watermark", {"text": "x", "opacity": Decimal("1.1")}, "opacity"),
        ("watermark", {"text": "x", "width": 0}, "width"),
        ("watermark", {"text": "x", "margin": -1}, "margin"),
        ("dominantColors", {"count": 17}, "count"),
        ("perceptualHash", {"algorithm": "md5"}, "algorithm"),
        ("rotate", {"angle": 45}, "angle"),
        ("rotate", {"angle": True}, "angle"),
        ("rotate", {"angle": "90"}, "angle"),
        ("crop", {"width": 1}, "height"),
        ("crop", {"width": 1, "height": 1, "left": -1}, "left"),
        ("crop", {"width": 1, "height": MAX_PIXELS + 1}, "height"),
        ("checksum", {"algorithm": "md5"}, "algorithm"),
    ],
)
def test_a_wrong_parameter_is_refused_by_its_name(name: str, wrong: dict[str, Any], field: str) -> None:
    assert list(errors_of(name, **wrong)) == [field]


@pytest.mark.parametrize("name", ["sepia", "", "RESIZE", None, 1, ["resize"], {"resize": 1}, True])
def test_an_unknown_operation_is_refused_by_the_member_that_names_it(name: Any) -> None:
    assert list(errors_of(name)) == ["operation"]


def test_an_operation_without_a_name_is_refused() -> None:
    with pytest.raises(ValidationError) as caught:
        load({"width": 8})
    assert caught.value.messages == {"operations": {0: {"operation": ["Missing data for required field."]}}}


@pytest.mark.parametrize("operation", ["resize", None, 1, ["resize"], True])
def test_an_operation_that_is_no_object_is_refused_by_its_place(operation: Any) -> None:
    with pytest.raises(ValidationError) as caught:
        load({"operation": "metadata"}, operation)
    assert isinstance(caught.value.messages, dict)
    assert list(caught.value.messages["operations"]) == [1]


@pytest.mark.parametrize("count", [0, MAX_OPERATIONS + 1])
def test_there_are_one_to_twenty_operations(count: int) -> None:
    with pytest.raises(ValidationError, match=r"Must have [01] to 20 elements"):
        load(*[{"operation": "metadata"}] * count)


@pytest.mark.parametrize("file_id", ["", "1", None, 7, ["x"], FILE_ID.upper(), f"{FILE_ID}\n", f"../{FILE_ID}"])
def test_what_cannot_be_a_file_id_is_refused(file_id: Any) -> None:
    with pytest.raises(ValidationError) as caught:
        load({"operation": "metadata"}, file_id=file_id)
    assert isinstance(caught.value.messages, dict)
    assert list(caught.value.messages) == ["fileId"]


def test_a_whole_number_may_be_written_with_a_point() -> None:
    loaded = load_one("resize", width=Decimal("800.0"))
    assert (loaded["width"], type(loaded["width"])) == (800, int)


@given(operations | values)
@example({"operation": "rotate", "angle": Decimal("sNaN")})
@example({"operation": "resize", "width": Decimal("1E+999999")})
def test_whatever_comes_is_taken_or_refused_as_invalid(operation: Any) -> None:
    try:
        loaded = load(operation)
    except ValidationError:
        return
    assert loaded["operations"][0]["operation"] in OPERATIONS


def test_operations_that_change_the_file_are_of_one_family(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(FAMILY_OF, "grayscale", "tables")
    monkeypatch.setitem(CHANGES, "tables", {"grayscale": OPERATIONS["grayscale"]})
    load({"operation": "metadata"}, {"operation": "checksum"}, {"operation": "grayscale"}, {"operation": "metadata"})
    with pytest.raises(ValidationError) as caught:
        load({"operation": "checksum"}, {"operation": "rotate"}, {"operation": "grayscale"})
    told = "It works on another kind of file (tables) than those before it (images)."
    assert caught.value.messages == {"operations": {2: {"operation": [told]}}}


def load_outputs(*outputs: Any, operations: tuple[Any, ...] = ()) -> dict[str, Any]:
    return FILE_PROCESSING.load_payload({"fileId": FILE_ID, "operations": list(operations), "outputs": list(outputs)})


def test_with_outputs_the_trunk_may_be_empty() -> None:
    loaded = load_outputs({"name": "as-it-is", "operations": []}, {"name": "2x", "operations": [{"operation": "flip"}]})
    assert [output["name"] for output in loaded["outputs"]] == ["as-it-is", "2x"]


@pytest.mark.parametrize(
    ("outputs", "messages"),
    [
        ((), {"outputs": ["Must have 1 to 10 elements."]}),
        (({"name": "a"},), {"outputs": {0: {"operations": ["Missing data for required field."]}}}),
        (
            ({"name": "a", "operations": []}, {"name": "a", "operations": []}),
            {"outputs": {1: {"name": ["Another output has this name."]}}},
        ),
        (
            ({"name": "../a", "operations": []},),
            {"outputs": {0: {"name": ["Must be 1 to 64 letters, digits or ._-, first no sign."]}}},
        ),
        (
            ({"name": "a", "operations": [{"operation": "flip", "by": 1}]},),
            {"outputs": {0: {"operations": {0: {"by": ["Unknown field."]}}}}},
        ),
    ],
)
def test_a_wrong_output_is_refused_by_its_place(outputs: tuple[Any, ...], messages: dict[str, Any]) -> None:
    with pytest.raises(ValidationError) as caught:
        load_outputs(*outputs)
    assert caught.value.messages == messages


def test_an_output_goes_on_with_the_family_of_the_trunk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(FAMILY_OF, "grayscale", "tables")
    monkeypatch.setitem(CHANGES, "tables", {"grayscale": OPERATIONS["grayscale"]})
    told = "It works on another kind of file (tables) than those before it (images)."
    with pytest.raises(ValidationError) as caught:
        load_outputs({"name": "a", "operations": [{"operation": "grayscale"}]}, operations=({"operation": "flip"},))
    assert caught.value.messages == {"outputs": {0: {"operations": {0: {"operation": [told]}}}}}
