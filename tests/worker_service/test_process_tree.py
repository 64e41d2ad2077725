import os
import subprocess
import sys

import pytest

from worker_service import process_tree
from worker_service.warden import AT_ONCE, pieces

PARENT = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'print(flush=True); input()'])"


@pytest.mark.parametrize("is_told", [True, False])
def test_all_that_descends_from_a_process_is_found(monkeypatch: pytest.MonkeyPatch, is_told: bool) -> None:
    monkeypatch.setattr(process_tree, "CHILDREN_ARE_TOLD", is_told)
    with subprocess.Popen([sys.executable, "-c", PARENT], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        parent.stdout.readline()
        found = process_tree.below(parent.pid)
        assert len(found) == 1
        assert process_tree.below(found[0]) == []
        assert {parent.pid, *found} <= set(process_tree.below(os.getpid()))
        parent.communicate(b"\n")


def test_the_processor_time_of_a_process_that_is_gone_is_none() -> None:
    assert process_tree.processor_time(os.getpid()) > 0
    assert process_tree.processor_time(2**22 + 1) == 0


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        (b"", []),
        (b"a\nb\n", [b"a\nb\n"]),
        (b"a" * AT_ONCE + b"b\n", [b"a" * AT_ONCE, b"b\n"]),
        (b"a\n" + b"b" * (AT_ONCE - 1) + b"\n", [b"a\n", b"b" * (AT_ONCE - 1) + b"\n"]),
    ],
    ids=["nothing", "two lines", "a long line", "more than goes at once"],
)
def test_lines_are_written_as_a_whole_where_they_can_be(text: bytes, parts: list[bytes]) -> None:
    assert list(pieces(text)) == parts
