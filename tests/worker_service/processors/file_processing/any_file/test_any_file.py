from hashlib import sha256

import pytest

from shared.job_types.any_file_operations import ANY_FILE_CHANGES, ANY_FILE_REPORTS
from tests.worker_service.processors.file_processing.conftest import Run
from tests.worker_service.processors.file_processing.pictures import jpeg, quarters
from worker_service.processors.file_processing.any_file import OPERATIONS


def test_every_operation_of_the_contract_is_performed() -> None:
    assert list(OPERATIONS) == [*ANY_FILE_CHANGES, *ANY_FILE_REPORTS]


@pytest.mark.parametrize("content", [b"plain words\n", jpeg(quarters())], ids=["text", "picture"])
def test_the_checksum_of_a_file_as_it_came_is_that_of_its_bytes(run: Run, content: bytes) -> None:
    (report,) = run(content, {"operation": "checksum"})["reports"]
    digest = sha256(content).hexdigest()
    assert report == {"index": 0, "operation": "checksum", "sha256": digest, "bytes": len(content)}


def test_the_checksum_of_an_edited_picture_is_that_of_the_file_that_is_written(run: Run) -> None:
    result = run(jpeg(quarters()), {"operation": "grayscale"}, {"operation": "checksum"})
    (report,), (output,) = result["reports"], result["outputs"]
    assert (report["sha256"], report["bytes"]) == (output["sha256"], output["bytes"])
