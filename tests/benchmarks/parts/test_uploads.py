import os

import pytest

from benchmarks.parts.uploads import MiB, Watch, _body, resident


@pytest.mark.parametrize("size", [0, 1, MiB, 3 * MiB + 5])
def test_a_body_has_the_length_that_is_announced(size: int) -> None:
    assert sum(map(len, _body(size, b"head", b"tail"))) == size + 8


def test_the_memory_of_a_process_is_told() -> None:
    watch = Watch(os.getpid())
    assert 4 * MiB < resident(os.getpid()) < 4096 * MiB
    assert watch.end() >= 0
