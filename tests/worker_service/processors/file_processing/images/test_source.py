"""What comes in: each bad file is rejected with a message that names it and says what is wrong."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.files import FileStore
from tests.worker_service.processors.file_processing.conftest import Edit, Run
from tests.worker_service.processors.file_processing.pictures import (
    BLUE,
    GREEN,
    RED,
    avif,
    gif,
    gif_header,
    is_near,
    jpeg,
    plain,
    png,
    png_header,
    quarters,
    tiff,
    webp,
)
from worker_service.processors import Reject
from worker_service.processors.file_processing.images import source

GRAY = {"operation": "grayscale"}
SMALLER = {"operation": "resize", "width": 10}
METADATA = {"operation": "metadata"}
LARGE = quarters(600, 400)
WHOLE = {"jpeg": jpeg(LARGE), "png": png(LARGE), "webp": webp(LARGE), "gif": gif(LARGE)}
WHOLE |= {"tiff": tiff(LARGE), "avif": avif(LARGE)}
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="10" height="10"><rect width="10" height="10"/></svg>'


@pytest.mark.parametrize("operation", [SMALLER, METADATA, GRAY], ids=lambda operation: str(operation["operation"]))
@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        (b"plain words\n", "text/plain"),
        (b"", "application/octet-stream"),
        (SVG, "image/svg\\+xml"),
        (b"%PDF-1.7\n", "application/pdf"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n", "application/postscript"),
    ],
)
def test_a_file_that_is_no_picture_is_rejected(
    run: Run, content: bytes, media_type: str, operation: dict[str, Any]
) -> None:
    expected = rf"^/operations/0 .* is no picture that can be read here: it is {media_type}, .* reads image/jpeg,"
    with pytest.raises(Reject, match=expected):
        run(content, operation)


@pytest.mark.parametrize("operation", [SMALLER, GRAY], ids=["shrunk on load", "decoded whole"])
@pytest.mark.parametrize("name", WHOLE)
@pytest.mark.parametrize("kept", [0.2, 0.7])
def test_a_truncated_picture_is_rejected(run: Run, name: str, kept: float, operation: dict[str, Any]) -> None:
    content = WHOLE[name][: int(len(WHOLE[name]) * kept)]
    with pytest.raises(Reject, match=f"^/operations/0 .* cannot be read as image/{name}: .+"):
        run(content, operation)


@pytest.mark.parametrize(
    ("content", "claim"),
    [
        (png_header(60_000, 60_000), "60000x60000 are 3,600,000,000 pixels"),
        (png_header(10_001, 10_000), "10001x10000 are 100,010,000 pixels"),
        (gif_header(65_535, 65_535), "65535x65535 are"),
    ],
    ids=["png", "just too large", "gif"],
)
@pytest.mark.parametrize("operation", [SMALLER, METADATA, GRAY], ids=lambda operation: str(operation["operation"]))
def test_too_many_pixels_are_rejected_by_the_header_alone(
    run: Run, content: bytes, claim: str, operation: dict[str, Any]
) -> None:
    with pytest.raises(Reject, match=f"^/operations/0 .* {claim}.*; the limit is 100,000,000"):
        run(content, operation)


def test_the_pixels_of_all_frames_count(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("worker_service.processors.file_processing.images.picture.MAX_PIXELS", 600 * 400 * 3)
    with pytest.raises(Reject, match="600x400 in 4 frames are 960,000 pixels"):
        run(gif(LARGE, 4), METADATA)


def test_too_many_frames_are_rejected(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source, "MAX_FRAMES", 3)
    with pytest.raises(Reject, match="has 4 frames; the limit is 3"):
        run(gif(LARGE, 4), METADATA)


@pytest.mark.parametrize(
    ("asked", "claim"),
    [
        ({"width": 16_383, "height": 16_383, "fit": "fill", "enlarge": True}, "16383x16383"),
        ({"width": 16_383, "enlarge": True}, "16383x10922"),
        ({"width": 16_000, "height": 7_000, "fit": "contain"}, "16000x7000"),
    ],
)
def test_a_picture_is_not_blown_up_beyond_the_limit(run: Run, asked: dict[str, Any], claim: str) -> None:
    with pytest.raises(Reject, match=f"^/operations/1 .* {claim} are"):
        run(png(quarters(120, 80)), GRAY, {"operation": "resize", **asked})


@pytest.mark.parametrize(
    ("size", "target", "reason"),
    [
        ((16_400, 2), "webp", "webp holds at most 16383 pixels a side; 16400x2 is too large"),
        ((65_600, 2), "jpeg", "jpeg holds at most 65535 pixels a side; 65600x2 is too large"),
        ((5_001, 5_000), "webp", "webp is written up to 25,000,000 pixels; 5001x5000 is too large"),
        ((5_001, 5_000), "gif", "gif is written up to 25,000,000 pixels; 5001x5000 is too large"),
    ],
)
def test_what_a_format_cannot_hold_is_rejected(run: Run, size: tuple[int, int], target: str, reason: str) -> None:
    with pytest.raises(Reject, match=reason):
        run(png(plain(*size, RED)), {"operation": "convert", "format": target})


CORNERS: dict[int, list[list[int]]] = {  # upper left, upper right, lower left, as EXIF 2.32 has tag 274
    1: [RED, GREEN, BLUE],
    2: [GREEN, RED, BLUE],
    3: [BLUE, BLUE, GREEN],
    4: [BLUE, BLUE, RED],
    5: [RED, BLUE, GREEN],
    6: [BLUE, RED, BLUE],
    7: [BLUE, GREEN, BLUE],
    8: [GREEN, BLUE, RED],
}


@pytest.mark.parametrize("operation", [{"operation": "resize", "width": 60, "height": 60}, {"operation": "rotate"}])
@pytest.mark.parametrize(("orientation", "corners"), CORNERS.items())
def test_a_picture_is_turned_upright_before_anything_else(
    edit: Edit, orientation: int, corners: list[list[int]], operation: dict[str, Any]
) -> None:
    picture = edit(jpeg(quarters(120, 80), orientation), operation)
    assert (picture.width > picture.height) == (orientation < 5)
    assert not picture.get_typeof("orientation") or picture.get("orientation") == 1
    places = [(4, 4), (picture.width - 5, 4), (4, picture.height - 5)]
    for (x, y), expected in zip(places, corners, strict=True):
        assert is_near(picture, x, y, expected)


@pytest.mark.parametrize("make", [gif, webp, tiff])
def test_all_frames_go_through_the_pipeline(edit: Edit, make: Callable[..., bytes]) -> None:
    picture = edit(make(quarters(120, 80), 4), {"operation": "rotate", "angle": 90}, SMALLER)
    assert (picture.width, picture.get_page_height(), picture.get_n_pages()) == (10, 15, 4)


@pytest.mark.parametrize("target", ["gif", "webp"])
def test_an_animation_keeps_its_pace(edit: Edit, target: str) -> None:
    picture = edit(gif(quarters(), 4), SMALLER, {"operation": "convert", "format": target})
    assert picture.get("delay") == [70] * 4


def test_a_still_format_takes_the_first_frame(edit: Edit) -> None:
    picture = edit(gif(quarters(120, 80), 4), {"operation": "convert", "format": "png"})
    assert (picture.width, picture.height) == (120, 80)
    assert is_near(picture, 5, 5, [*RED, 255])


def test_no_place_no_camera_and_no_name_goes_out(run: Run, files: FileStore) -> None:
    exif = {"ifd0_Make": "ACME", "ifd0_Artist": "Ada", "ifd3_GPSLatitude": "52/1 31/1 12/1"}
    content = jpeg(LARGE, 6, **exif)
    assert b"ACME" in content
    result = run(content, METADATA, SMALLER)
    assert not {"make", "artist", "gps"} & {name.lower() for name in result["reports"][0]}
    written = files.read(result["outputs"][0]["fileId"])
    assert b"Exif" not in written
    assert b"ACME" not in written


@pytest.mark.parametrize("name", WHOLE)
@given(data=st.data())
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_damaged_bytes_are_rejected_or_survived(run: Run, name: str, data: st.DataObject) -> None:
    content = bytearray(WHOLE[name])
    for _ in range(data.draw(st.integers(1, 5))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    with suppress(Reject):  # any other exception, or a crash, fails this test
        assert len(run(bytes(content), SMALLER, GRAY)["outputs"]) == 1
