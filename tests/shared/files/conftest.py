"""The two places where files are kept: a directory, and a bucket."""

from pathlib import Path

import pytest

from shared.files import FileStore


@pytest.fixture(params=["directory", "s3"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of either."""
    if request.param == "directory":
        return (tmp_path / "files").as_uri()
    found: str = request.getfixturevalue("bucket")
    return found


@pytest.fixture
def kept(place: str) -> FileStore:
    return FileStore(place)
