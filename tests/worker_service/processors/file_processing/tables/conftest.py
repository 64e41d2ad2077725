from collections.abc import Callable
from typing import Any

import pytest

from shared.files import FileStore
from tests.worker_service.processors.file_processing.conftest import Run

Write = Callable[..., bytes]


def step(name: str, **asked: Any) -> dict[str, Any]:
    return {"operation": name, **asked}


@pytest.fixture
def write(run: Run, files: FileStore) -> Write:
    """The file that comes out of the steps, in the format that is asked for."""

    def process(content: bytes, *steps: dict[str, Any], to: str = "csv", **asked: Any) -> bytes:
        (output,) = run(content, *steps, step("writeTable", format=to, **asked))["outputs"]
        return files.read(output["fileId"])

    return process
