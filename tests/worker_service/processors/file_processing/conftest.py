from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pyvips import Image

from shared.files import FileStore, sniff
from shared.job_types.file_processing import FILE_PROCESSING
from tests.worker_service.processors.file_processing.pictures import opened
from worker_service.processors import JobContext
from worker_service.processors.file_processing import file_processing

Run = Callable[..., dict[str, Any]]
Edit = Callable[..., Image]


@pytest.fixture
def files(tmp_path: Path) -> FileStore:
    return FileStore((tmp_path / "my files").as_uri())


@pytest.fixture
def run(files: FileStore) -> Run:
    """Uploads a content, runs the operations on it, and answers the result."""

    def process(content: bytes, *operations: dict[str, Any], **context: Any) -> dict[str, Any]:
        stored = files.save(content, sniff(content))
        payload = FILE_PROCESSING.load_payload({"fileId": stored.file_id, "operations": list(operations)})
        job = JobContext(id="1", type="file-processing", attempt=1, files=files, **context)
        result: dict[str, Any] = file_processing(job, payload)
        return result

    return process


@pytest.fixture
def edit(run: Run, files: FileStore) -> Edit:
    """The picture that comes out, with all its frames."""

    def process(content: bytes, *operations: dict[str, Any]) -> Image:
        (output,) = run(content, *operations)["outputs"]
        many = {"n": -1} if output["mediaType"] in {"image/gif", "image/webp", "image/tiff"} else {}
        return opened(files.read(output["fileId"]), **many)

    return process
