"""What holds for each enrichment of the table, whatever the value."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC
from functools import cache
from pathlib import Path
from typing import Any

import pycountry
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.codec import encode
from shared.files import FileStore
from shared.job_types.enrichment import PROBLEMS
from shared.job_types.enrichment_options import LANGUAGES
from shared.job_types.enrichments import ENRICHMENTS
from tests.worker_service.processors.data_enrichment.databases import GOOGLE, mmdb
from worker_service.processors import JobContext
from worker_service.processors.data_enrichment.kinds import ENRICHERS, prepared
from worker_service.processors.data_enrichment.value import Unusable

ROOT = Path(__file__).parents[4]

GOOD: Mapping[str, Any] = {kind: known.example for kind, known in ENRICHMENTS.items()}
# Their results are no values of the same kind: a masked number, a hash, a name.
DERIVED = frozenset({"card", "user-agent", "text-language", "hash", "id", "match"})

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
    "domain": st.sampled_from(["A.de", "ü.com.", "xn--bcher-kva.example", "a_b.c"])
    | st.from_regex(r"[a-zäß0-9-]{1,9}(\.[a-z]{2,3}){1,2}", fullmatch=True),
    "ip-location": st.ip_addresses().map(str),
    "user-agent": st.builds(
        "Mozilla/5.0 ({}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{}.0 Safari/537.36".format,
        st.sampled_from(
            ["X11; Linux x86_64", "Windows NT 10.0", "Linux; Android 14; Pixel 8", "compatible; Googlebot"]
        ),
        st.integers(0, 200),
    ),
    "currency": st.sampled_from([currency.name for currency in pycountry.currencies] + ["\u20ac", "$", "978"]),
    "language": st.sampled_from([language.name for language in pycountry.languages] + ["zh-Hant-TW", "de_AT", "ger"]),
    "iban": st.from_regex(r"DE[0-9]{20}|GB[0-9]{2}[A-Z]{4}[0-9]{14}|NO[0-9]{13}", fullmatch=True)
    | st.sampled_from(["GB82WEST12345698765432", "NO9386011117947", "FR1420041010050500013M02606"]),
    "bic": st.from_regex(r"[A-Z]{4}(DE|FR|US)[A-Z0-9]{2}([A-Z0-9]{3})?", fullmatch=True),
    "vat": st.from_regex(r"(DE|FR|GR|EL|XI|GB|NO|CHE|NL|ES)[0-9A-Z]{8,12}", fullmatch=True)
    | st.sampled_from(["GB980780684", "CHE-107.787.577 IVA", "NO 995 525 828 MVA", "EL094259216", "XI110305878"]),
    "isbn": st.from_regex(r"(978|979)?[0-9]{9}[0-9X]", fullmatch=True) | st.sampled_from(["9791090636071"]),
    "card": st.from_regex(r"4[0-9]{15}|3[47][0-9]{13}", fullmatch=True),
    "coordinates": st.builds("{}, {}".format, st.floats(-91, 91), st.floats(-181, 181)),
    "text": st.text(max_size=60).map(lambda text: text.encode("utf-8", "replace").decode("latin-1")),
    "text-language": st.text(min_size=1, max_size=60),
    "hash": st.text(max_size=20),
    "id": st.text(max_size=20),
    "match": st.sampled_from(["Deutsche Bahn", "bahn deutsche", "SNCF", "Nobody at all"]),
    "url": st.builds("http://{}:{}/{}".format, st.sampled_from(["A.de", "[::1]", "ü.com."]), st.integers(0, 99), PATHS),
    "ip": st.ip_addresses().map(str),
    "timestamp": st.datetimes(timezones=st.just(UTC)).map(str),
}
OPTIONS: Mapping[str, st.SearchStrategy[dict[str, Any]]] = {
    "phone": st.sampled_from([{}, {"region": "DE"}, {"region": "US"}]),
    "timestamp": st.sampled_from(
        [
            {},
            {"words": True},
            {"order": "DMY"},
            {"unit": "milliseconds"},
            {"languages": ["de", "fr"]},
            {"zone": "America/St_Johns", "holidays": "DE-BE"},
            {"zone": "Pacific/Apia", "words": True},
        ]
    ),
    "country": st.sampled_from([{}, {"locale": "fr"}]),
    "currency": st.sampled_from([{}, {"locale": "pt_BR"}]),
    "language": st.sampled_from([{}, {"locale": "zh_Hant"}]),
    "hash": st.sampled_from([{}, {"algorithm": "sha3-256", "fold": True}]),
    "id": st.sampled_from([{}, {"fold": True}, {"namespace": "6ba7b811-9dad-11d1-80b4-00c04fd430c8"}]),
}

HOSTILE = [
    "a", "1", "1 ", "1:", "1/", "1-", ".", "a.", "ü", "ü.", "xn--a.", "%", "@", "(", "+", "+1", "am ", "EST ", "st ",
    "&", "april ", "\u0301", "\u0345", "http://", "[", "::", "../", " ext", ";phone-context=", "MMXX ", "\u0661/", "\0",
]  # fmt: skip


@pytest.fixture(scope="module")
def needed(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, dict[str, Any]]:
    """The options of those that need a file."""
    files = FileStore(tmp_path_factory.mktemp("files").as_uri())
    table = files.save(b"name,id\nDeutsche Bahn,1\nSNCF,2\n", "text/csv")
    database = files.save(mmdb({"8.8.8.0/24": GOOGLE}), "application/octet-stream")
    return {"match": {"table": table.file_id}, "ip-location": {"database": database.file_id}, "files": {"of": files}}


@pytest.fixture(scope="module")
def apply(needed: Mapping[str, dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    """An enrichment with its options ready, as a job has it."""
    job = JobContext(id="j", type="data-enrichment", attempt=1, files=needed["files"]["of"])

    @cache
    def ready(kind: str, options: str) -> Mapping[str, Any]:
        return prepared(job, ENRICHMENTS[kind], {**json.loads(options), **needed.get(kind, {})})

    def applied(kind: str, value: Any, options: Mapping[str, Any] | None = None) -> dict[str, Any]:
        return ENRICHERS[kind](value, ready(kind, json.dumps(options or {})))

    return applied


thorough = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def test_the_worker_has_each_enrichment_of_the_contract_and_no_other() -> None:
    assert list(ENRICHERS) == list(ENRICHMENTS)


@pytest.mark.parametrize("kind", ENRICHMENTS)
def test_an_enrichment_adds_the_members_of_the_contract(kind: str, apply: Callable[..., dict[str, Any]]) -> None:
    options = {} if kind == "match" else ENRICHMENTS[kind].example_options
    assert tuple(apply(kind, GOOD[kind], options)) == ENRICHMENTS[kind].adds


@pytest.mark.parametrize("kind", ENRICHMENTS)
@thorough
@given(data=st.data())
def test_any_value_is_enriched_or_refused_and_nothing_else(
    kind: str, data: st.DataObject, apply: Callable[..., dict[str, Any]]
) -> None:
    value, options = data.draw(JSON | LIKELY[kind]), data.draw(OPTIONS.get(kind, st.just({})))
    try:
        added = apply(kind, value, options)
    except Unusable as reason:
        assert reason.code in PROBLEMS  # noqa: PT017 - either outcome will do, but no other
        assert len(reason.message) < 300  # noqa: PT017 - same
    else:
        assert tuple(added) == ENRICHMENTS[kind].adds
        assert isinstance(added["normalized"], str)
        assert encode(added)


@pytest.mark.parametrize("kind", [kind for kind in ENRICHMENTS if kind not in DERIVED])
@thorough
@given(data=st.data())
def test_the_canonical_form_is_its_own_canonical_form(
    kind: str, data: st.DataObject, apply: Callable[..., dict[str, Any]]
) -> None:
    try:
        normalized = apply(kind, data.draw(LIKELY[kind] | TEXT))["normalized"]
    except Unusable:
        return
    assert apply(kind, normalized)["normalized"] == normalized


@pytest.mark.timeout(20)  # a hundred of the worst texts; most take milliseconds, and none seconds
@pytest.mark.parametrize("kind", ENRICHMENTS)
@pytest.mark.parametrize("piece", HOSTILE)
def test_hostile_text_takes_little_time(kind: str, piece: str, apply: Callable[..., dict[str, Any]]) -> None:
    options = {"words": True} if kind == "timestamp" else {}
    for length in (16, 32, 50, 64, 84, 100, 242, 250, 312, 320, 1024, 2040, 2048, 10_000, 100_000, 1_000_000):
        for start in ("", "a@", "+49 1", "12 April 2025 ", "https://", "https://example.com/"):
            with suppress(Unusable):
                apply(kind, start + (piece * length)[: length - len(start)], options)


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
good |= {"coordinates": "52.52, 13.405", "id": "a"}
rules = [{"field": kind, "with": kind} for kind in good]
rules += [
    {"field": "timestamp", "with": "timestamp", "as": language, "options": {"languages": [language]}}
    for language in LANGUAGES
]
for some in (rules[:40], rules[40:]):
    payload = DATA_ENRICHMENT.load_payload({"records": [good, bad], "enrich": some})
    result = enrich(JobContext("j", "", 1, None), payload)
    print([one["as"] for one in result["report"] if one["filled"] >= 1 and one["as"] == one["with"]])
    print([one["as"] for one in result["report"] if "failed" in one["problems"]])
"""


def test_no_enrichment_touches_the_network() -> None:
    good = {kind: value for kind, value in GOOD.items() if kind not in {"ip-location", "match"}} | {
        "phone": "+4930901820"
    }
    script = _OFFLINE.replace("GOOD", repr(good)).replace("LANGUAGES", repr(LANGUAGES))
    # What would send tldextract online by default:
    environment = {**os.environ, "TLDEXTRACT_PUBLIC_SUFFIX_LIST_URLS": "https://192.0.2.1/list", "HOME": "/nonexistent"}
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.stderr) == (f"{list(good)}\n[]\n[]\n[]\n", "")
