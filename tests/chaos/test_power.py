"""Which bytes had reached the disk, as strace tells it."""

import pytest

from tests.chaos.faults.power import synced


@pytest.mark.parametrize(
    ("trace", "durable"),
    [
        ([], 0),
        (['7  write(9, ""..., 100) = 100'], 0),
        (['7  write(9, ""..., 100) = 100', "7  fdatasync(9) = 0"], 100),
        (['7  write(9, ""..., 100) = 60', "7  fdatasync(9) = 0", '7  write(9, ""..., 40) = 40'], 60),
        (['7  write(9, ""..., 100) = 100', "7  fdatasync(9) = -1 EIO (Input/output error)"], 0),
        (['7  write(9, ""..., 100) = 100', "7  fdatasync(9 <unfinished ...>", "7  +++ killed by SIGKILL +++"], 0),
        (
            [
                '7  write(9, ""..., 100) = 100',
                "8  fdatasync(9 <unfinished ...>",
                '7  write(9, ""..., 50) = 50',
                "8  <... fdatasync resumed>) = 0",
            ],
            100,
        ),
        (
            [
                '7  write(9, ""..., 100 <unfinished ...>',
                "8  fdatasync(9 <unfinished ...>",
                "7  <... write resumed>) = 100",
                "8  <... fdatasync resumed>) = 0",
            ],
            0,
        ),
    ],
)
def test_only_what_was_written_before_a_sync_began_that_ended_well_is_durable(trace: list[str], durable: int) -> None:
    assert synced(trace) == durable
