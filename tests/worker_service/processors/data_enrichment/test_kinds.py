"""What holds for each enrichment of the table, whatever the value."""

import os
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC
from pathlib import Path
from typing import Any

import pycountry
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.codec import encode
from shared.job_types.enrichments import ENRICHMENTS, LANGUAGES, PROBLEMS
from worker_service.processors.data_enrichment.kinds import ENRICHERS
from worker_service.processors.data_enrichment.value import Unusable

ROOT = Path(__file__).parents[4]

GOOD: Mapping[str, str] = {
    "email": "Info@BÜCHER.de",
    "phone": "+49 30 901820",
    "country": "the Netherlands",
    "url": "https://www.example.co.uk/a",
    "ip": "8.8.8.8",
    "timestamp": "Sat, 12 Apr 2025 12:00:00 GMT",
}

# Pieces of which the libraries make something, and on whose combinations they might break.
_PIECES = (
    "1 12 2025 04 April 10:00 +02:00 GMT IST Z T - / . , : ; % @ + ( ) [ ] # ? & = \\ \0 ' \" xn-- ü ß 日本 com de"
    " localhost http:// // ext tel: ;phone-context= Germany the st today next W15"
    " \u0661 \u3002 \uff0e \u200d \u0301 \u202e \U0001f1e9\U0001f1ea"
)
TEXT = st.lists(st.sampled_from([" ", *_PIECES.split(" ")]), max_size=12).map("".join) | st.text(max_size=80)
JSON = st.recursive(
    TEXT
    | st.booleans()
    | st.integers()
    | st.decimals(allow_nan=False, allow_infinity=False)
    | st.floats(allow_nan=False),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=4,
)
PATHS = st.text("ab/.%41Fü~ ?#&=", max_size=20)
LIKELY: Mapping[str, st.SearchStrategy[str]] = {
    "email": st.emails(),
    "phone": st.from_regex(r"\+(49|1|33|44|800)[ -]?[0-9]{2,5}[ -]?[0-9]{4,7}( ext [0-9]{2})?", fullmatch=True),
    "country": st.sampled_from([country.name for country in pycountry.countries]),
    "url": st.builds("http://{}:{}/{}".format, st.sampled_from(["A.de", "[::1]", "ü.com."]), st.integers(0, 99), PATHS),
    "ip": st.ip_addresses().map(str),
    "timestamp": st.datetimes(timezones=st.just(UTC)).map(str),
}
OPTIONS: Mapping[str, st.SearchStrategy[dict[str, Any]]] = {
    "phone": st.sampled_from([{}, {"region": "DE"}, {"region": "US"}]),
    "timestamp": st.sampled_from([{}, {"order": "DMY"}, {"unit": "milliseconds"}, {"languages": ["de", "fr"]}]),
}

HOSTILE = [
    "a", "1", "1 ", "1:", "1/", "1-", ".", "a.", "ü", "ü.", "xn--a.", "%", "@", "(", "+", "+1", "am ", "EST ", "st ",
    "&", "april ", "\u0301", "\u0345", "http://", "[", "::", "../", " ext", ";phone-context=", "MMXX ", "\u0661/", "\0",
]  # fmt: skip

thorough = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def test_the_worker_has_each_enrichment_of_the_contract_and_no_other() -> None:
    assert list(ENRICHERS) == list(ENRICHMENTS)


@pytest.mark.parametrize("kind", ENRICHMENTS)
def test_an_enrichment_adds_the_members_of_the_contract(kind: str) -> None:
    assert tuple(ENRICHERS[kind](GOOD[kind], {})) == ENRICHMENTS[kind].adds


@pytest.mark.parametrize("kind", ENRICHMENTS)
@thorough
@given(data=st.data())
def test_any_value_is_enriched_or_refused_and_nothing_else(kind: str, data: st.DataObject) -> None:
    value, options = data.draw(JSON | LIKELY[kind]), data.draw(OPTIONS.get(kind, st.just({})))
    try:
        added = ENRICHERS[kind](value, options)
    except Unusable as reason:
        assert reason.code in PROBLEMS  # noqa: PT017 - either outcome will do, but no other
        assert len(reason.message) < 300  # noqa: PT017 - same
    else:
        assert tuple(added) == ENRICHMENTS[kind].adds
        assert isinstance(added["normalized"], str)
        assert encode(added)


@pytest.mark.parametrize("kind", ENRICHMENTS)
@thorough
@given(data=st.data())
def test_the_canonical_form_is_its_own_canonical_form(kind: str, data: st.DataObject) -> None:
    with suppress(Unusable):
        normalized = ENRICHERS[kind](data.draw(LIKELY[kind] | TEXT), {})["normalized"]
        assert _canonical(kind, normalized) == normalized


def _canonical(kind: str, value: str) -> str | None:
    try:
        return str(ENRICHERS[kind](value, {})["normalized"])
    except Unusable:
        return None


@pytest.mark.timeout(10)  # a hundred of the worst texts; most take milliseconds, and none seconds
@pytest.mark.parametrize("kind", ENRICHMENTS)
@pytest.mark.parametrize("piece", HOSTILE)
def test_hostile_text_takes_little_time(kind: str, piece: str) -> None:
    for length in (16, 32, 50, 64, 84, 100, 242, 250, 312, 320, 2040, 2048, 1_000_000):
        for start in ("", "a@", "+49 1", "12 April 2025 ", "https://", "https://example.com/"):
            with suppress(Unusable):
                ENRICHERS[kind](start + (piece * length)[: length - len(start)], {})


# The ban begins after the imports: urllib3, which tldextract imports, binds a socket to ::1 to see whether there is
# IPv6. It cannot be undone, hence the process of its own.
_OFFLINE = """
import sys
from shared.job_types.data_enrichment import DATA_ENRICHMENT
from worker_service.processors import JobContext
from worker_service.processors.data_enrichment import enrich

def ban(event, arguments):
    if event.startswith("socket.") or event in {"subprocess.Popen", "os.system", "os.exec", "os.posix_spawn"}:
        print("touched:", event, flush=True)
        raise PermissionError(event)

sys.addaudithook(ban)
good = GOOD
bad = dict.fromkeys(good, "nobody@nowhere.example.zz/?")
rules = [{"field": kind, "with": kind} for kind in good]
rules += [
    {"field": "timestamp", "with": "timestamp", "as": language, "options": {"languages": [language]}}
    for language in LANGUAGES
]
for some in (rules[:40], rules[40:]):
    payload = DATA_ENRICHMENT.load_payload({"records": [good, bad], "enrich": some})
    result = enrich(JobContext("j", "", 1, None), payload)
    print([one["as"] for one in result["report"] if one["filled"] == 1 and one["as"] == one["with"]])
    print([one["as"] for one in result["report"] if "failed" in one["problems"]])
"""


def test_no_enrichment_touches_the_network() -> None:
    script = _OFFLINE.replace("GOOD", repr(GOOD)).replace("LANGUAGES", repr(LANGUAGES))
    # What would send tldextract online by default:
    environment = {**os.environ, "TLDEXTRACT_PUBLIC_SUFFIX_LIST_URLS": "https://192.0.2.1/list", "HOME": "/nonexistent"}
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.stderr) == (f"{list(GOOD)}\n[]\n[]\n[]\n", "")
