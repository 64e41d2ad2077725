"""`hash` and `id`: digests (FIPS 180-4, FIPS 202), HMAC (RFC 2104) and name-based ids (UUID 5, RFC 9562).

A text is hashed as its UTF-8, so that every other tool comes to the same; of several values, the JSON of an object with
sorted members and no blanks is.
"""

import hashlib
import hmac
import json
import uuid
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any
from unicodedata import normalize

from worker_service.processors import JobContext, Reject
from worker_service.processors.data_enrichment.value import Unusable, text

MAX_LENGTH = 100_000  # characters
MAX_DIGITS = 100  # of a whole number
NAMESPACE = uuid.UUID("b2a3f6d4-6c0e-5f0e-9a57-2f1d6f1f3c55")  # of our own; changing it changes every id

_HASHES = MappingProxyType({"sha256": hashlib.sha256, "sha512": hashlib.sha512, "sha3-256": hashlib.sha3_256})


def with_key(job: JobContext, options: Mapping[str, Any]) -> Mapping[str, Any]:
    """With the worker's secret key, if that is asked for. Raises `Reject` if it has none."""
    if not options.get("keyed"):
        return options
    if "hash_key" not in job.configured:
        raise Reject("options.keyed needs a worker that has DMPS_HASH_KEY.")
    return {**options, "key": job.configured["hash_key"].encode()}


def digest(value: Any, options: Mapping[str, Any]) -> dict[str, Any]:  # noqa: ANN401 - any JSON value
    """The hash of a text or of several values: `normalized` (in hexadecimal), `algorithm`, `keyed`.

    Without a key it hides nothing that somebody could guess, such as an e-mail address.
    """
    algorithm = options.get("algorithm", "sha256")
    content, key = _content(value, fold=options.get("fold", False)).encode(), options.get("key")
    make = _HASHES[algorithm]
    made = make(content) if key is None else hmac.new(key, content, make)
    return {"normalized": made.hexdigest(), "algorithm": algorithm, "keyed": key is not None}


def stable_id(value: Any, options: Mapping[str, Any]) -> dict[str, Any]:  # noqa: ANN401 - any JSON value
    """The id of a text or of several values, the same every time and everywhere: `normalized`, `namespace`."""
    namespace = uuid.UUID(options["namespace"]) if "namespace" in options else NAMESPACE
    made = uuid.uuid5(namespace, _content(value, fold=options.get("fold", False)))
    return {"normalized": str(made), "namespace": str(namespace)}


def _content(value: Any, *, fold: bool) -> str:  # noqa: ANN401 - any JSON value
    if not isinstance(value, Mapping):
        return _scalar(value, fold=fold)
    parts = {name: _scalar(part, fold=fold) for name, part in value.items()}
    return json.dumps(parts, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def _scalar(value: Any, *, fold: bool) -> str:  # noqa: ANN401 - any JSON value
    if isinstance(value, int) and not isinstance(value, bool):
        if abs(value) >= 10**MAX_DIGITS:
            raise Unusable("too_long", f"The number has more than {MAX_DIGITS} digits.")
        return str(value)
    written = text(value, limit=MAX_LENGTH)
    folded = " ".join(normalize("NFKC", normalize("NFKC", written).casefold()).split()) if fold else written
    try:
        folded.encode()
    except UnicodeEncodeError as error:
        raise Unusable("invalid", "The text has half a surrogate pair in it, which no encoding can hold.") from error
    return folded
