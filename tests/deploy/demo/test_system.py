"""A system of the show's own: it is ready when it is shown, and gone when the show is over."""

import urllib.request
from pathlib import Path

import pytest

from deploy.demo.system import own_system
from dmps import Client, Unreachable
from dmps.patience import Patience


def test_nothing_is_left_of_a_system_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)  # so that it is looked up anew
    with own_system() as url:
        with urllib.request.urlopen(f"{url}/health/ready") as answer:  # noqa: S310 - ours
            assert answer.status == 200
        with Client(url) as client:
            assert len(client.workers()) == 2
        assert list(tmp_path.iterdir())
    assert list(tmp_path.iterdir()) == []
    with Client(url, patience=Patience(tries=1)) as client, pytest.raises(Unreachable):
        client.workers()
