"""`text`: texts whose bytes were read in the wrong encoding (mojibake), by `ftfy`."""

from collections.abc import Mapping
from typing import Any
from unicodedata import normalize

import ftfy

from worker_service.processors.data_enrichment.value import Unusable, text

MAX_LENGTH = 10_000
MOST_ROUNDS = 5  # one repair may uncover the next

_CONFIG = ftfy.TextFixerConfig(unescape_html=False, uncurl_quotes=False)  # what is no mistake of an encoding stays


def repaired(value: Any, _: Mapping[str, Any]) -> dict[str, Any]:  # noqa: ANN401 - any JSON value
    """A text, as it was meant.

    `normalized` (repaired, in NFC, without control characters), `changed`, `repairs` (their names, as `ftfy` has
    them), `characters` (of the repaired text).
    """
    written = text(value, limit=MAX_LENGTH)
    repairs: list[str] = []
    current = written
    for _round in range(MOST_ROUNDS):
        fixed = ftfy.fix_and_explain(current, _CONFIG)
        plain = normalize("NFC", fixed.text).strip()
        repairs += [f"{step.action} {step.parameter}" for step in fixed.explanation or ()]
        if plain == current:
            break
        current = plain
    if not current:
        raise Unusable("empty", "The text has nothing but control characters.")
    return {"normalized": current, "changed": current != written, "repairs": repairs, "characters": len(current)}
