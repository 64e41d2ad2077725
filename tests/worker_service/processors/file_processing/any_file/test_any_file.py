import gzip
import random
from hashlib import sha256
from typing import Any

import pytest
import zstandard

from shared.job_types.any_file_operations import ANY_FILE_CHANGES, ANY_FILE_REPORTS
from tests.worker_service.processors.file_processing.conftest import Run
from tests.worker_service.processors.file_processing.pictures import jpeg, quarters
from worker_service.processors.file_processing.any_file import OPERATIONS, reading

RANDOM = random.Random(1).randbytes(3_000_000)  # noqa: S311 - only to be incompressible


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


@pytest.mark.parametrize(
    ("content", "operation"),
    [
        (RANDOM, {"operation": "checksum"}),
        *[(RANDOM, {"operation": "compress", "format": format}) for format in ("gzip", "zstd", "zip")],
        (gzip.compress(RANDOM, 1, mtime=0), {"operation": "decompress"}),
        (zstandard.compress(RANDOM), {"operation": "decompress"}),
    ],
    ids=["checksum", "to gzip", "to zstd", "to zip", "of gzip", "of zstd"],
)
def test_a_large_file_tells_how_far_it_is_within_its_step(
    run: Run, monkeypatch: pytest.MonkeyPatch, content: bytes, operation: dict[str, str]
) -> None:
    monkeypatch.setattr(reading, "STEP", reading.CHUNK)
    told: list[Any] = []
    run(content, operation, emit=told.append)
    within = [word["percent"] for word in told if word.get("message") == operation["operation"]]
    assert len(within) > 2
    assert within == sorted(within)
    assert within[0] == 0
    assert 25 < within[-1] <= 50  # of two steps: to write it is the other
