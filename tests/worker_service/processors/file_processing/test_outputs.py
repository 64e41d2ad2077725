from pathlib import Path
from typing import Any

import pytest

from shared.errors import StoreUnavailable
from shared.files import FileStore, StoredFile, sniff
from shared.job_types.file_processing import FILE_PROCESSING
from shared.job_types.file_result import FileProcessingResult
from tests.worker_service.processors.file_processing.pictures import jpeg, png, quarters, webp
from worker_service.processors import JobContext, Reject
from worker_service.processors.file_processing import file_processing
from worker_service.processors.file_processing.images.source import Source

SMALL = {"name": "small", "operations": [{"operation": "resize", "width": 30}]}
SQUARE = {"name": "square", "operations": [{"operation": "thumbnail", "width": 20}, {"operation": "metadata"}]}
SAME = {"name": "same", "operations": []}
REPORT = {"name": "report", "operations": [{"operation": "checksum"}]}


def run(files: FileStore, content: bytes, operations: list[Any], *outputs: Any, **context: Any) -> dict[str, Any]:
    stored = files.save(content, sniff(content))
    payload = {"fileId": stored.file_id, "operations": operations, "outputs": list(outputs)}
    job = JobContext(id="1", type="file-processing", attempt=1, files=files, **context)
    result: dict[str, Any] = file_processing(job, FILE_PROCESSING.load_payload(payload))
    return result


def sizes(result: dict[str, Any]) -> dict[str, tuple[int, int]]:
    return {output["name"]: (output["width"], output["height"]) for output in result["outputs"]}


def kept(tmp_path: Path) -> int:
    return len(list((tmp_path / "my files").rglob("*.json")))


def test_each_output_goes_on_from_what_the_trunk_left(files: FileStore) -> None:
    turned = [{"operation": "rotate", "angle": 90}]
    result = run(files, png(quarters(120, 80)), turned, SMALL, SQUARE, SAME)
    assert sizes(result) == {"small": (30, 45), "square": (20, 20), "same": (80, 120)}
    assert FileProcessingResult().validate(result) == {}


def test_outputs_may_begin_with_the_file_itself(files: FileStore) -> None:
    result = run(files, jpeg(quarters(120, 80)), [], SMALL, SQUARE)
    assert sizes(result) == {"small": (30, 20), "square": (20, 20)}


def test_what_nothing_changed_is_not_written(files: FileStore, tmp_path: Path) -> None:
    result = run(files, jpeg(quarters()), [{"operation": "metadata"}], SAME, REPORT)
    assert result["outputs"] == []
    assert kept(tmp_path) == 1


def test_reports_name_the_output_whose_operations_they_are_of(files: FileStore) -> None:
    result = run(files, jpeg(quarters()), [{"operation": "metadata"}], SQUARE, REPORT)
    told = [(report.get("output"), report["index"], report["operation"]) for report in result["reports"]]
    assert told == [(None, 0, "metadata"), ("square", 1, "metadata"), ("report", 0, "checksum")]


@pytest.mark.parametrize("make", [jpeg, png, webp])
def test_all_outputs_come_from_one_decode(files: FileStore, make: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[Source] = []
    load = Source._load
    monkeypatch.setattr(Source, "_load", lambda source, **options: opened.append(source) or load(source, **options))  # type: ignore[func-returns-value]
    run(files, make(quarters()), [], SMALL, SQUARE, {**SMALL, "name": "other"})
    assert len(opened) == 2  # the header, then all of it


def test_a_step_that_cannot_be_is_named_by_its_output_and_leaves_no_file(files: FileStore, tmp_path: Path) -> None:
    wrong = {"name": "wrong", "operations": [{"operation": "crop", "width": 500, "height": 1}]}
    with pytest.raises(Reject, match=r"^/outputs/1/operations/0 \(crop\): "):
        run(files, png(quarters()), [], SMALL, wrong)
    assert kept(tmp_path) == 1


class Full(FileStore):
    """Storage that is full after two files."""

    saved = 0

    def save(self, content: bytes | Path, media_type: str, **told: Any) -> StoredFile:
        self.saved += 1
        if self.saved > 2:
            raise StoreUnavailable("no space left")
        return super().save(content, media_type, **told)


def test_outputs_are_saved_all_or_none(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable):
        run(Full((tmp_path / "my files").as_uri()), png(quarters()), [], SMALL, SQUARE)
    assert kept(tmp_path) == 1


def test_progress_counts_the_steps_of_all_outputs(files: FileStore) -> None:
    told: list[Any] = []
    run(files, jpeg(quarters()), [{"operation": "flip"}], SMALL, SAME, emit=told.append)
    told = [word for word in told if "message" in word]
    assert [word["message"] for word in told] == ["flip", "resize", "write small", "write same"]
    percents = [word["percent"] for word in told]
    assert percents == sorted(set(percents))
    assert percents[-1] < 100


def test_a_cancelled_job_makes_no_further_output(files: FileStore, tmp_path: Path) -> None:
    told: list[Any] = []
    cancelled = {"emit": told.append, "is_cancelled": lambda: len(told) >= 2}
    assert run(files, jpeg(quarters()), [], SMALL, SQUARE, **cancelled)["outputs"] == []
    assert [word["message"] for word in told] == ["resize", "write small"]
    assert kept(tmp_path) == 1


def test_what_is_made_smaller_for_a_single_output_can_still_be_worked_on(files: FileStore) -> None:
    turned = {"name": "turned", "operations": [{"operation": "rotate", "angle": 90}, {"operation": "blur", "sigma": 2}]}
    result = run(files, png(quarters(600, 400)), [{"operation": "resize", "width": 60}], turned)
    assert sizes(result) == {"turned": (40, 60)}
