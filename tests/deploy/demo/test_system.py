"""A system of the show's own: it is ready when it is shown, and gone when the show is over."""

import tempfile
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.demo.system import own_system
from dmps import Client, Unreachable
from dmps.patience import Patience


@pytest.fixture
def beside() -> Iterator[Path]:
    """A directory whose path is as short as that of a socket must be."""
    with tempfile.TemporaryDirectory() as directory:
        yield Path(directory)


def test_nothing_is_left_of_a_system_of_its_own(beside: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(beside))
    monkeypatch.setattr("tempfile.tempdir", None)  # so that it is looked up anew
    with own_system() as url:
        with urllib.request.urlopen(f"{url}/health/ready") as answer:  # noqa: S310 - ours
            assert answer.status == 200
        with Client(url) as client:
            assert len(client.workers()) == 2
        assert list(beside.iterdir())
    assert list(beside.iterdir()) == []
    with Client(url, patience=Patience(tries=1)) as client, pytest.raises(Unreachable):
        client.workers()
