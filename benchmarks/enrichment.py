"""Records a second of each enrichment: `python -m benchmarks.enrichment`, a part of `make bench-processors`.

`python -m benchmarks.enrichment rows RECORDS` measures in this process, and prints JSON.
"""

import json
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from benchmarks.bench import Bench
from benchmarks.figures import OURS, Measure, Sample
from benchmarks.parts import Part
from benchmarks.processes import run as run_program
from benchmarks.processors import main
from shared.files import FileStore
from shared.job_types.data_enrichment import DATA_ENRICHMENT
from worker_service.processors import JobContext
from worker_service.processors.data_enrichment import enrich

RATE = Measure("rate", "records/s", "neither")
PEAK = Measure("peak memory of the process", "MiB", "neither")
COUNT = 10_000  # records of each enrichment
IN_FILE = 10  # times as many
USELESS = 10  # every tenth value
TABLE_ROWS = 1_000
_BASE = datetime(2025, 1, 1, tzinfo=UTC)
_TEXT = "Der schnelle braune Fuchs springt zum {}. Mal über den faulen Hund."
_BROWSER = "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{}.0.{} Safari/537.36"
_MOST_DIGITS = 97  # of MOD 97-10, ISO 7064


def _iban(number: int) -> str:
    """A German account with the right check digits; D and E count as 13 and 14 (ISO 13616)."""
    bank = f"37040044{number:010}"
    return f"DE{_MOST_DIGITS + 1 - int(f'{bank}131400') % _MOST_DIGITS:02}{bank}"


VALUES: Mapping[str, Callable[[int], Any]] = {
    "email": lambda n: f"ada.lovelace+{n}@Example{n % 100}.com",
    "phone": lambda n: f"+49 30 {901_000 + n % 9_000}",
    "url": lambda n: f"https://www.example{n % 100}.co.uk/a/../{n}?id={n}&utm_source=mail",
    "domain": lambda n: f"shop{n}.example.co.uk",
    "ip": lambda n: f"8.{n % 250}.{n // 250 % 250}.8",
    "user-agent": lambda n: _BROWSER.format(80 + n % 60, n),
    "country": lambda n: ("Germany", "FRA", "it", "840")[n % 4],
    "currency": lambda n: ("euro", "USD", "392", "Swiss franc")[n % 4],
    "language": lambda n: ("German", "fr", "zh-Hant-TW", "italiano")[n % 4],
    "iban": _iban,
    "bic": lambda n: ("DEUTDEFF", "COBADEFFXXX", "BNPAFRPP", "UBSWCHZH80A")[n % 4],
    "vat": lambda n: ("DE136695976", "GB980780684", "EL094259216", "ATU13585627")[n % 4],
    "isbn": lambda n: ("0-471-95869-7", "9780471117094", "979-10-90636-07-1")[n % 3],
    "card": lambda n: ("4111111111111111", "5555555555554444", "378282246310005")[n % 3],
    "coordinates": lambda n: f"{n % 170 - 85}.{n}, {n % 350 - 175}.{n}",
    "timestamp": lambda n: (_BASE + timedelta(seconds=n)).isoformat(),
    "text": lambda n: f"schÃ¶n {n}",
    "text-language": _TEXT.format,
    "hash": lambda n: f"ada{n}@example.com",
    "id": lambda n: f"ada{n}@example.com",
    "match": lambda n: f"Compny number {n % TABLE_ROWS} of many",
}
ROWS: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    **{kind: (kind, {}) for kind in VALUES},
    "timestamp, in words": ("timestamp", {"words": True}),
}


def value(name: str, number: int) -> Any:  # noqa: ANN401 - any JSON value
    """The value of a record."""
    if number % USELESS == USELESS - 1:
        return f"? {number}"
    if name == "timestamp, in words":
        return f"{_BASE + timedelta(days=number):%d %B %Y}"
    return VALUES[ROWS[name][0]](number)


def measure(job: JobContext, name: str, count: int, options: Mapping[str, Any]) -> dict[str, Any]:
    """One enrichment of records in memory."""
    kind = ROWS[name][0]
    rule = {"field": "v", "with": kind, "options": dict(options)}
    run(job, rule, [{"v": value(name, 0)}])  # what is loaded once
    records = [{"v": value(name, number)} for number in range(count)]
    began = time.perf_counter()
    report = run(job, rule, records)
    took = time.perf_counter() - began
    return {"name": name, "records": count, "filled": report["filled"], "records/s": round(count / took)}


def run(job: JobContext, rule: Mapping[str, Any], records: list[dict[str, Any]]) -> Mapping[str, Any]:
    """The report of a rule."""
    payload = DATA_ENRICHMENT.load_payload({"records": records, "enrich": [rule]})
    report: Mapping[str, Any] = enrich(job, payload)["report"][0]
    return report


def measure_file(job: JobContext, output: str, count: int) -> dict[str, Any]:
    """A CSV file with three rules on it, into a file."""
    lines = (f"{VALUES['email'](n)},{VALUES['ip'](n)},{VALUES['timestamp'](n)}\n" for n in range(count))
    stored = job.files.save(f"email,ip,at\n{''.join(lines)}".encode(), "text/csv")
    rules = [{"field": field, "with": kind} for field, kind in (("email", "email"), ("ip", "ip"), ("at", "timestamp"))]
    payload = {"file": {"fileId": stored.file_id, "output": output}, "enrich": rules}
    began = time.perf_counter()
    result = enrich(job, DATA_ENRICHMENT.load_payload(payload))
    took = time.perf_counter() - began
    return {
        "name": f"a CSV file, three rules, to {output}",
        "records": count,
        "filled": result["report"][0]["filled"],
        "records/s": round(count / took),
        "peak memory (MiB)": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }


def measured(count: int) -> Iterator[dict[str, Any]]:
    """All rows."""
    with tempfile.TemporaryDirectory() as scratch:
        job = JobContext("bench", "data-enrichment", 1, FileStore(Path(scratch).as_uri()))
        names = "".join(f"Company number {n} of many\n" for n in range(TABLE_ROWS))
        of_match = {"table": job.files.save(f"name\n{names}".encode(), "text/csv").file_id}
        for name, (kind, options) in ROWS.items():
            yield measure(job, name, min(count, 10_000), of_match if kind == "match" else options)
        for output in ("jsonl", "csv", "parquet"):
            yield measure_file(job, output, count * IN_FILE)


def samples(bench: Bench) -> Iterator[Sample]:
    """Ours alone, once, in a process of its own."""
    bench.say("each enrichment, once")
    for row in json.loads(run_program([sys.executable, "-m", "benchmarks.enrichment", "rows", str(COUNT)], {})):
        yield Sample(RATE, OURS, row["records/s"], row["name"])
        if "peak memory (MiB)" in row:
            yield Sample(PEAK, OURS, row["peak memory (MiB)"], row["name"])


ENRICHMENT = Part(
    "enrichment",
    "Enrichment",
    f"Records a second of each enrichment, {COUNT:,} records in one process, without the API and the store. Each value"
    " is a different one, so that no memory of earlier ones helps; every tenth is of no use. The last rows are whole"
    f" files of {IN_FILE * COUNT:,} records, from the file to the result's. Without `ip-location`, which takes a file"
    " of the operator's.",
    samples,
)

if __name__ == "__main__":
    if sys.argv[1:2] == ["rows"]:
        sys.stdout.write(json.dumps(list(measured(int(sys.argv[2])))))
    else:
        sys.exit(main(["enrichment", *sys.argv[1:]]))
