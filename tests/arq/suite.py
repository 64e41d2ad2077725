"""arq's own tests, from its source distribution, on arq's Worker and on ours: `make arq-suite`.

Nothing of arq is kept here. Its tests and what they need are downloaded with pip, into a temporary folder and into
`.venv-arq`. Where they would start a Redis in Docker they get our embedded Valkey (`container.py`). They turn warnings
into errors, which fails on redis-py 5's deprecations with any Worker; here they do not.

The exit status is 0 if every test ends on our Worker as it ends on arq's, but for the differences explained here.
"""

import os
import shutil
import site
import subprocess
import sys
import venv
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from xml.etree import ElementTree as ET

from shared.embedded import EmbeddedStore

ARQ = "arq==0.28.0"
HERE = Path(__file__).parent
ROOT = HERE.parent.parent
REQUIREMENTS = HERE / "requirements.txt"
VENV = ROOT / ".venv-arq"
PLUGINS = "pytest_asyncio.plugin,pytest_mock,pytest_timeout,container"
TRIES = 3  # for a test that differs: many of them count on sleeps of 0.1 s

REFERENCE = "arq's Worker"
RUNS = {  # what a run is called: the plugin that binds the Worker
    REFERENCE: "",
    "our Worker": "binding",
    "our Worker, its engine on the same queue": "beside",
}
EXPLAINED = {
    "test_worker::test_handle_no_sig": "our log leaves out what maintenance says at its end",
    "test_worker::test_log_health_check": "our log leaves out what is recorded every few seconds",
    "test_worker::test_worker_signal_completes_job_before_shutting_down": "our drain says so in its own words",
}

Ends = dict[str, str]  # a test's name: passed, failed or skipped


def main() -> int:
    """Run all, print the comparison, answer the exit status."""
    python = environment()
    with TemporaryDirectory(prefix="arq-suite-") as folder:
        tests = unpacked(Path(folder))
        with EmbeddedStore(Path(folder) / "valkey", port=0, durable=False) as server:
            os.environ["ARQ_SUITE_PORT"] = str(server.port)
            ends = {name: run(python, tests, plugin) for name, plugin in RUNS.items()}
            for _ in range(TRIES - 1):
                for name, names in unexplained(ends).items():
                    again = {name, REFERENCE} if names else set()
                    for each in again:
                        ends[each] |= run(python, tests, RUNS[each], names)
    sys.stdout.write(report(ends))
    return 1 if any(unexplained(ends).values()) else 0


def environment() -> Path:
    """`.venv-arq`: what arq's tests need, and behind it all that our own environment has. Answers its Python."""
    python = VENV / "bin" / "python"
    stamp = VENV / ".installed"
    wanted = "\n".join([sys.version, *site.getsitepackages(), REQUIREMENTS.read_text()])
    if not stamp.exists() or stamp.read_text() != wanted:
        venv.create(VENV, clear=True, with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", "-r", REQUIREMENTS], check=True)
        (packages,) = VENV.glob("lib/python*/site-packages")
        (packages / "ours.pth").write_text("\n".join([*site.getsitepackages(), str(ROOT)]) + "\n")
        stamp.write_text(wanted)
    return python


def unpacked(folder: Path) -> Path:
    """arq's source without its code: the code that we have installed is tested."""
    pip = (sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", ":all:", "--dest", folder)
    subprocess.run([*pip, ARQ], check=True)
    (archive,) = folder.glob("arq-*.tar.gz")
    shutil.unpack_archive(archive, folder)
    (source,) = folder.glob("arq-*/")
    shutil.rmtree(source / "arq")
    return source


def run(python: Path, source: Path, plugin: str, names: Iterable[str] = ()) -> Ends:
    """Run all tests, or those."""
    results = source / "results.xml"
    settings = {
        "PYTHONPATH": str(HERE),
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        "PYTEST_PLUGINS": ",".join(filter(None, [PLUGINS, plugin])),
    }
    command = (python, "-m", "pytest", "--quiet", "--tb=short", f"--junitxml={results}")
    lenient = ("-o", "filterwarnings=default", "-W", "ignore")
    only = ["tests/" + name.replace("::", ".py::", 1) for name in names]
    subprocess.run([*command, *lenient, *only], cwd=source, env={**os.environ, **settings}, check=False)
    cases = ET.parse(results).iter("testcase")  # noqa: S314 - pytest wrote it just now
    return {f"{case.get('classname', '').removeprefix('tests.')}::{case.get('name')}": _end(case) for case in cases}


def _end(case: ET.Element) -> str:
    found = {child.tag for child in case} & {"failure", "error", "skipped"}
    return "skipped" if found == {"skipped"} else "failed" if found else "passed"


def differences(ends: Mapping[str, Ends], name: str) -> list[str]:
    """The tests that end differently in that run."""
    reference, other = ends[REFERENCE], ends[name]
    return sorted(test for test in reference.keys() | other.keys() if reference.get(test) != other.get(test))


def unexplained(ends: Mapping[str, Ends]) -> dict[str, list[str]]:
    """For each run the tests that should not differ."""
    return {name: [test for test in differences(ends, name) if test not in EXPLAINED] for name in RUNS}


def report(ends: Mapping[str, Ends]) -> str:
    """The comparison, for people."""
    lines = ["", f"{ARQ}, its own {len(ends[REFERENCE])} tests:"]
    for name in RUNS:
        counts = Counter(ends[name].values())
        lines.append(f"  {name:42}" + "".join(f"{counts[end]:5} {end}" for end in ("passed", "failed", "skipped")))
    lines += [f"  fails on arq's Worker, too: {test}" for test, end in ends[REFERENCE].items() if end == "failed"]
    for name in RUNS:
        for test in differences(ends, name):
            lines.append(f"  differs on {name}: {test}, {ends[name].get(test)}: {EXPLAINED.get(test, 'NOT EXPLAINED')}")
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    sys.exit(main())
