"""JSON in and out. Numbers keep their value: integers at any size, other numbers as the decimals that were written."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any, TypeVar

import msgspec
import structlog

from shared.job import Job

T = TypeVar("T")

LONGEST_TEXT = 2_000  # characters of a message or of a line of a job's log

log = structlog.get_logger(__name__)

_encoder = msgspec.json.Encoder(decimal_format="number")
_decoder = msgspec.json.Decoder(float_hook=Decimal)
_job_decoder = msgspec.json.Decoder(Job)

encode_job = msgspec.json.Encoder().encode
decode_job = _job_decoder.decode


def read(decode: Callable[[bytes], T], text: bytes | None, what: str) -> T | None:
    """What stands in the store; None if nothing does, or if something else than us has written it."""
    if not text:
        return None
    try:
        return decode(text)
    except msgspec.DecodeError as error:
        log.error("cannot be read", what=what, text=text[:100], reason=str(error))  # noqa: TRY400 - the text is to blame
        return None


def read_job(record: bytes | None) -> Job | None:
    """The job of a record, if it can be read."""
    return read(decode_job, record, "a record")


def clean(text: str) -> str:
    """A text as a record can hold it: not endless, and without the lone surrogates of odd file names."""
    return text[:LONGEST_TEXT].encode("utf-8", "backslashreplace").decode()


def encode(value: Any) -> bytes:  # noqa: ANN401 - what JSON can hold
    """JSON for a value. Raises `ValueError` for what JSON cannot hold: NaN, infinity, other classes, cycles."""
    try:
        _refuse_non_finite(value)
        return _encoder.encode(value)
    except (TypeError, OverflowError, RecursionError, UnicodeEncodeError) as error:
        raise ValueError(f"This is not a JSON value: {error}") from error


def decode(data: bytes | msgspec.Raw) -> Any:  # noqa: ANN401 - what JSON can hold
    """The value of a JSON text that we have checked before: integers as `int`, other numbers as `Decimal`."""
    return _decoder.decode(data)


def _refuse_non_finite(value: Any) -> None:  # noqa: ANN401 - what JSON can hold
    """msgspec writes a float NaN as null and a Decimal one as a bare word; neither is what the processor meant."""
    if isinstance(value, float | Decimal):
        if value != value or value in {Decimal("Infinity"), Decimal("-Infinity")}:  # noqa: PLR0124 - NaN
            raise ValueError("NaN and infinity are not JSON numbers.")
    elif isinstance(value, dict):
        for item in value.values():
            _refuse_non_finite(item)
    elif isinstance(value, list | tuple):
        for item in value:
            _refuse_non_finite(item)
