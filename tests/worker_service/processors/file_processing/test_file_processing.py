import gc
import weakref
from pathlib import Path
from typing import Any

import pytest

from shared.files import FileStore
from shared.files.facts import inverted
from shared.job_types.file_result import FileProcessingResult
from tests.worker_service.processors.file_processing.conftest import Edit, Run
from tests.worker_service.processors.file_processing.pictures import BLUE, GREEN, is_near, jpeg, png, quarters
from worker_service.processors import JobContext, Reject
from worker_service.processors.file_processing import file_processing
from worker_service.processors.file_processing.images.source import Source

PIPELINE = (
    {"operation": "metadata"},
    {"operation": "resize", "width": 60, "height": 60},
    {"operation": "rotate", "angle": 90},
    {"operation": "checksum"},
    {"operation": "convert", "format": "webp", "quality": 70},
)


def written(directory: Path) -> list[Path]:
    return list((directory / "my files").rglob("*.json"))


def test_it_runs_in_a_child_process() -> None:
    assert not file_processing.runs_on_loop


def test_each_operation_works_on_what_the_one_before_left(edit: Edit) -> None:
    picture = edit(
        png(quarters(120, 80)),
        {"operation": "rotate", "angle": 90},
        {"operation": "crop", "left": 40, "width": 40, "height": 120},
        {"operation": "resize", "width": 20},
    )
    assert (picture.width, picture.height) == (20, 60)
    assert not is_near(picture, 10, 10, BLUE)
    assert is_near(picture, 10, 50, GREEN)


def test_one_picture_comes_out_and_the_reports_in_order(run: Run, files: FileStore) -> None:
    result = run(jpeg(quarters(120, 80)), *PIPELINE)
    (output,) = result["outputs"]
    stored = files.info(output["fileId"])
    assert output == {
        "fileId": stored.file_id,
        "mediaType": "image/webp",
        "width": 40,
        "height": 60,
        "bytes": stored.bytes,
        "sha256": stored.sha256,
    }
    assert [(report["index"], report["operation"]) for report in result["reports"]] == [
        (0, "metadata"),
        (3, "checksum"),
    ]
    assert FileProcessingResult().validate(result) == {}


def test_the_file_that_was_uploaded_stays_as_it_was(run: Run, files: FileStore, tmp_path: Path) -> None:
    content = jpeg(quarters())
    result = run(content, *PIPELINE)
    ids = {inverted(path.stem) for path in written(tmp_path)} - {result["outputs"][0]["fileId"]}
    assert [files.read(file_id) for file_id in ids] == [content]


def test_an_output_can_be_worked_on_again(run: Run, files: FileStore) -> None:
    first = run(jpeg(quarters()), {"operation": "convert", "format": "png"})["outputs"][0]
    payload = {"file_id": first["fileId"], "operations": [{"operation": "metadata"}]}
    job = JobContext(id="2", type="file-processing", attempt=1, files=files)
    assert file_processing(job, payload)["reports"][0]["mediaType"] == "image/png"


def test_nothing_of_a_job_waits_for_the_collection_of_garbage(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[weakref.ref[Source]] = []
    read = Source.decode
    monkeypatch.setattr(Source, "decode", lambda source: made.append(weakref.ref(source)) or read(source))  # type: ignore[func-returns-value]
    gc.disable()
    try:
        run(jpeg(quarters()), *PIPELINE, {"operation": "flip"})
        run(jpeg(quarters()), {"operation": "flip"})
        assert made
        assert [each() for each in made] == [None] * len(made)
    finally:
        gc.enable()


def test_an_unknown_file_is_rejected(files: FileStore) -> None:
    payload = {"file_id": "018bcfe5-6800-7000-8000-000000000000", "operations": [{"operation": "checksum"}]}
    job = JobContext(id="1", type="file-processing", attempt=1, files=files)
    with pytest.raises(Reject, match=r"no file '018bcfe5-6800-7000-8000-000000000000'\. Upload it"):
        file_processing(job, payload)


def test_a_step_that_cannot_be_leaves_no_file(run: Run, tmp_path: Path) -> None:
    with pytest.raises(Reject, match=r"^/operations/1 \(crop\)"):
        run(png(quarters(120, 80)), {"operation": "grayscale"}, {"operation": "crop", "width": 500, "height": 1})
    assert len(written(tmp_path)) == 1


def test_progress_names_each_operation_as_it_begins(run: Run) -> None:
    told: list[Any] = []
    run(jpeg(quarters()), *PIPELINE, emit=told.append)
    told = [word for word in told if "message" in word]
    assert [word["message"] for word in told] == [*(asked["operation"] for asked in PIPELINE), "write the file"]
    percents = [word["percent"] for word in told]
    assert percents == sorted(set(percents))
    assert percents[-1] < 100


def test_a_cancelled_job_stops_before_its_next_operation_and_writes_nothing(run: Run, tmp_path: Path) -> None:
    told: list[Any] = []
    result = run(jpeg(quarters()), *PIPELINE, emit=told.append, is_cancelled=lambda: len(told) >= 2)
    assert [word["message"] for word in told] == ["metadata", "resize"]
    assert result["outputs"] == []
    assert len(written(tmp_path)) == 1
