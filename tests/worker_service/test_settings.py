"""A worker that cannot start as it is set up says why, with a status for which systemd does not start it again."""

import os

import pytest

from tests.processes import WORKER, Fleet


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("DMPS_DRAIN", "-1", "DMPS_DRAIN"),
        ("DMPS_PLUGINS", ".acme_jobs", "'.acme_jobs' is not the name of a package"),
        ("DMPS_PLUGINS", "acme_missing", "Cannot import 'acme_missing"),
    ],
)
def test_settings_that_cannot_be_used_end_a_worker_without_a_traceback(
    processes: Fleet, name: str, text: str, told: str
) -> None:
    worker = processes.start(WORKER, **{name: text})
    assert worker.wait(20) == os.EX_CONFIG
    assert told in processes.log(worker)
    assert "Traceback" not in processes.log(worker)
