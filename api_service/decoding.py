"""Decodes JSON texts. Every way in which a text can be bad ends in a 4xx `Problem` that says where."""

import re
import sys
from collections.abc import Callable, Iterable
from decimal import Decimal
from functools import cache
from typing import Any

import msgspec
from msgspec import Raw

from api_service.problems import FieldError, Problem
from api_service.validation import child, invalid

MAX_DEPTH = 32
_LARGEST = Decimal(sys.float_info.max)
_SEARCHED = 4 * 1024 * 1024  # bytes decoded again to say where a text is bad
_TRIAL = 16  # bytes: what a trial costs beyond its bytes
_FAULTS = (msgspec.DecodeError, RecursionError, UnicodeDecodeError)

# A string that never ends counts to the end of the text, so that the search stays linear on hostile input.
_STRING = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?', re.DOTALL)
_ONE_KIND_OF_BRACKET = bytes.maketrans(b"{}", b"[]")
_NO_BRACKETS = bytes(byte for byte in range(256) if byte not in b"[]{}")


def _decimal(text: str) -> Decimal:
    """A number as it was written. msgspec turns the `ValueError` into its `ValidationError`."""
    try:
        number = Decimal(text)
    except ArithmeticError as error:
        raise ValueError("out of range") from error
    if number.copy_abs() > _LARGEST:
        raise ValueError("out of range")
    return number


_value = msgspec.json.Decoder(float_hook=_decimal).decode
_members = msgspec.json.Decoder(dict[str, Raw]).decode
_elements = msgspec.json.Decoder(list[Raw]).decode


def json_object(text: bytes, pointer: str = "") -> dict[str, Any]:
    """The object that a JSON text is: integers as `int`, other numbers as `Decimal`."""
    value = json_value(text, pointer)
    if not isinstance(value, dict):
        raise _no_object(pointer)
    return value


def json_value(text: bytes | Raw, pointer: str) -> Any:  # noqa: ANN401 - any JSON value
    """The value that a JSON text is."""
    if is_deeper(bytes(text), MAX_DEPTH):
        raise too_deep(pointer)
    try:
        return _value(text)
    except _FAULTS as error:
        raise _fault(error, text, pointer) from error


def json_members(text: bytes) -> dict[str, Raw]:
    """The members of the object that a JSON text is, each as it was written: well formed, but not decoded yet."""
    try:
        return _members(text)
    except msgspec.ValidationError as error:
        raise _no_object("") from error
    except _FAULTS as error:
        raise _fault(error, text, "") from error


def json_elements(text: Raw) -> list[Raw] | None:
    """The elements of an array, each as it was written; None if the text, which is well formed, is no array."""
    try:
        return _elements(text)
    except msgspec.ValidationError:
        return None


def has_more(text: Raw, limit: int) -> bool:
    """Whether an array has more elements than that. It is read no further than to the first of them."""
    try:
        _bounded(limit)(text)
    except msgspec.ValidationError:
        return bytes(text).startswith(b"[")
    return False


@cache
def _bounded(limit: int) -> Callable[[Raw], object]:
    """A list would be built to its end, and measured then; a tuple of named places has no room for one more."""
    places = [(f"_{place}", Raw, Raw()) for place in range(limit)]
    bounded = msgspec.defstruct("Bounded", places, array_like=True, forbid_unknown_fields=True)
    return msgspec.json.Decoder(bounded).decode


def is_deeper(text: bytes, limit: int) -> bool:
    """Whether arrays and objects nest deeper than `limit`, strings apart. The text need not be well formed."""
    if text.count(b"[") + text.count(b"{") <= limit:
        return False
    brackets = _STRING.sub(b"", text).translate(_ONE_KIND_OF_BRACKET, _NO_BRACKETS)
    for _ in range(limit):  # each round takes off the innermost level
        if b"[]" not in brackets:
            return False
        brackets = brackets.replace(b"[]", b"")
    return b"[]" in brackets


def _fault(error: Exception, text: bytes | Raw, pointer: str) -> Problem:
    if isinstance(error, RecursionError):
        return too_deep(pointer)
    if isinstance(error, msgspec.ValidationError):
        detail = "Must be a number within a double's range, or an integer of at most 4,300 digits."
        return invalid([FieldError(_locate(text, pointer), "out_of_range", detail)])
    if isinstance(error, UnicodeDecodeError):
        return _malformed(_locate(text, pointer), "This text is not UTF-8.")
    is_empty = not bytes(text).strip()
    return _malformed(pointer, "The body is empty. Send a JSON object." if is_empty else f"{error}.")


def _no_object(pointer: str) -> Problem:
    return invalid([FieldError(pointer, "invalid", "Must be an object.")])


def too_deep(pointer: str) -> Problem:
    """The refusal of what nests too deeply."""
    detail = f"Arrays and objects may nest at most {MAX_DEPTH} deep."
    return Problem(400, "JSON nested too deeply", detail, [FieldError(pointer, "too_deep", detail)])


def _malformed(pointer: str, detail: str) -> Problem:
    return Problem(400, "Malformed JSON", detail, [FieldError(pointer, "malformed", detail)])


def _locate(text: bytes | Raw, pointer: str) -> str:
    """The pointer to the innermost value that cannot be decoded, or to what holds it if the search takes too long."""
    budget = _SEARCHED
    found: Raw | None = Raw(bytes(text))
    while found is not None:
        text, found = found, None
        for key, value in _children(text):
            budget -= len(memoryview(value)) + _TRIAL
            if budget < 0:
                return pointer
            if not _is_decodable(value):
                pointer, found = child(pointer, key), value
                break
    return pointer


def _children(text: Raw) -> Iterable[tuple[str | int, Raw]]:
    try:
        return _members(text).items()
    except msgspec.ValidationError:
        return _indexed(text)
    except _FAULTS:  # the name of a member, or a second fault behind the first
        return ()


def _indexed(text: Raw) -> Iterable[tuple[int, Raw]]:
    try:
        return enumerate(json_elements(text) or ())
    except _FAULTS:
        return ()


def _is_decodable(text: Raw) -> bool:
    try:
        _value(text)
    except _FAULTS:
        return False
    return True
