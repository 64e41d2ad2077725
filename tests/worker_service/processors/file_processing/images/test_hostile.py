"""Files that are broken, or made to break something."""

from contextlib import suppress
from typing import Any

import pytest
from pyvips import Image

from shared.files import FileStore
from shared.job_types.file_processing import FILE_PROCESSING
from tests.worker_service.processors.file_processing.conftest import Run
from tests.worker_service.processors.file_processing.pictures import (
    avif,
    gif,
    jpeg,
    opened,
    png,
    quarters,
    tiff,
    webp,
)
from worker_service.processors import JobContext, Reject
from worker_service.processors.file_processing import file_processing
from worker_service.processors.file_processing.images.formats import FORMATS

GRAY = {"operation": "grayscale"}
SMALLER = {"operation": "resize", "width": 10}
METADATA = {"operation": "metadata"}
ROUGH = Image.gaussnoise(160, 120, seed=1).cast("uchar").bandjoin([90, 160]).copy(interpretation="srgb")
WHOLE = {
    "jpeg": jpeg(ROUGH),
    "png": png(ROUGH),
    "webp": webp(ROUGH),
    "webp, animated": webp(ROUGH, 3),
    "avif": avif(ROUGH),
    "gif": gif(ROUGH, 1),
    "gif, animated": gif(ROUGH, 3),
    "tiff": tiff(ROUGH),
    "tiff, pages": tiff(ROUGH, 3),
}
PLACES = 40


def media_type(name: str) -> str:
    return f"image/{name.split(',', maxsplit=1)[0]}"


def process(files: FileStore, content: bytes, kind: str, *operations: dict[str, Any]) -> dict[str, Any]:
    """As if the media type had been told wrongly, or the file been damaged since."""
    stored = files.save(content, kind)
    payload = FILE_PROCESSING.load_payload({"fileId": stored.file_id, "operations": list(operations)})
    result: dict[str, Any] = file_processing(
        JobContext(id="1", type="file-processing", attempt=1, files=files), payload
    )
    return result


@pytest.mark.parametrize("operation", [SMALLER, GRAY], ids=["shrunk on load", "decoded whole"])
@pytest.mark.parametrize("name", WHOLE)
def test_a_file_that_breaks_off_anywhere_is_rejected_and_names_no_path(
    files: FileStore, name: str, operation: dict[str, Any]
) -> None:
    content = WHOLE[name]
    for place in range(PLACES):
        kept = content[: len(content) * place // PLACES]
        with pytest.raises(Reject) as caught:
            process(files, kept, media_type(name), operation)
        assert f"cannot be read as {media_type(name)}: " in str(caught.value)
        assert "/content/" not in str(caught.value)
        assert "my files" not in str(caught.value)


@pytest.mark.parametrize("claimed", FORMATS)
@pytest.mark.parametrize("name", ["jpeg", "png", "webp", "avif", "gif", "tiff"])
def test_a_file_that_is_not_what_its_type_says_is_rejected(files: FileStore, name: str, claimed: str) -> None:
    if name == claimed:
        return
    with pytest.raises(Reject, match=f"cannot be read as image/{claimed}: "):
        process(files, WHOLE[name], f"image/{claimed}", SMALLER)


@pytest.mark.parametrize("name", WHOLE)
def test_what_stands_after_the_end_of_a_file_is_no_matter(files: FileStore, name: str) -> None:
    for more in (b"\0" * 5_000, b"appended by some camera", b"x;" * 3_000):
        assert len(process(files, WHOLE[name] + more, media_type(name), GRAY)["outputs"]) == 1


@pytest.mark.parametrize("name", WHOLE)
def test_a_byte_that_is_wrong_anywhere_is_survived(files: FileStore, name: str) -> None:
    content = WHOLE[name]
    for place in range(PLACES):
        at = len(content) * place // PLACES
        damaged = content[:at] + bytes([content[at] ^ 0xFF]) + content[at + 1 :]
        with suppress(Reject):  # any other exception, or a crash, fails this test
            process(files, damaged, media_type(name), SMALLER, GRAY)


@pytest.mark.parametrize("name", ["webp", "avif"])
def test_a_picture_that_takes_too_much_memory_to_decode_is_rejected_by_its_header(
    run: Run, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = WHOLE[name]
    monkeypatch.setitem(vars(FORMATS[name]), "largest_read", 160 * 120 - 1)
    with pytest.raises(Reject, match=f"is too large: {name} is decoded up to 19,199 pixels, not 160x120"):
        run(content, GRAY)
    assert run(content, METADATA)["reports"][0]["width"] == 160


def test_svg_is_refused_whatever_it_is_called(files: FileStore) -> None:
    svg = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'
    for kind in ("image/svg+xml", *(format.media_type for format in FORMATS.values())):
        with pytest.raises(Reject):
            process(files, svg, kind, SMALLER)


def test_a_gif_of_endless_empty_blocks_ends(files: FileStore) -> None:
    content = WHOLE["gif"]
    with pytest.raises(Reject, match="breaks off before its end"):
        process(files, content[:-1] + b"\x21\xfe\x01x\x00" * 50_000, "image/gif", METADATA)


def test_the_first_gif_frame_is_read_to_its_end(files: FileStore) -> None:
    stored = process(files, gif(quarters(), 1), "image/gif", GRAY)["outputs"][0]
    assert opened(files.read(stored["fileId"])).width == 120
