import sys
from pathlib import Path

import pytest

from benchmarks.processes import BenchFailed, cpu_time_is_told, run, running, wait_until

SAYS_AND_ENDS = (sys.executable, "-c", "print('farewell'); raise SystemExit(3)")
COMPUTES = "import time\nwhile time.process_time() < 0.5: pass"
COMPUTES_IN_A_CHILD = (
    sys.executable,
    "-c",
    f"import subprocess, sys; subprocess.run([sys.executable, '-c', {COMPUTES!r}])",
)


def test_a_program_answers_what_it_printed() -> None:
    assert run((sys.executable, "-c", "import os; print(os.environ['REDIS_URL'])"), {"REDIS_URL": "here"}) == "here\n"


def test_a_program_is_told_none_of_our_own_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DMPS_PLUGINS", "elsewhere")
    monkeypatch.setenv("PORT", "1")
    asks = "import os; print('DMPS_PLUGINS' in os.environ, 'PORT' in os.environ)"
    assert run((sys.executable, "-c", asks), {}) == "False False\n"


def test_a_program_that_fails_is_quoted() -> None:
    with pytest.raises(BenchFailed, match="status 1") as caught:
        run((sys.executable, "-c", "raise SystemExit('too bad')"), {})
    assert caught.value.details == "too bad\n"
    assert str(Path(sys.executable).parent) not in str(caught.value)


def test_what_does_not_happen_is_told_with_the_last_words_of_the_process(tmp_path: Path) -> None:
    with running(1, SAYS_AND_ENDS, {}, tmp_path) as processes:
        wait_until(lambda: "farewell" in processes[0].last_words(), "it speaks", processes)
        with pytest.raises(BenchFailed, match="the moon is blue") as caught:
            wait_until(lambda: False, "the moon is blue", processes, patience=0.01)
    assert caught.value.details == "farewell"


@pytest.mark.skipif(not cpu_time_is_told(), reason="this system does not tell the processor time of other processes")
def test_the_processor_time_of_children_counts(tmp_path: Path) -> None:
    with running(1, COMPUTES_IN_A_CHILD, {}, tmp_path) as (process,):
        wait_until(lambda: process.cpu_seconds() > 0.2, "it computes", [process])
