from base64 import b64encode
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyvips import Image

from shared.files import FileStore
from shared.job_types.image_limits import POSITIONS
from tests.worker_service.processors.file_processing.conftest import Edit, Run
from tests.worker_service.processors.file_processing.pictures import BLUE, RED, color, gif, is_near, jpeg, plain, png
from worker_service.processors import Reject
from worker_service.processors.file_processing.images.watermark import placed

GROUND = plain(200, 100, [0, 0, 0])


def watermark(**asked: Any) -> dict[str, Any]:
    return {"operation": "watermark", **asked}


def brightest(picture: Image, left: int, top: int, width: int = 100, height: int = 50) -> float:
    return float(picture.extract_band(0, n=3).crop(left, top, width, height).max())


def test_a_text_stands_in_its_corner_and_nowhere_else(edit: Edit) -> None:
    picture = edit(png(GROUND), watermark(text="Draft", opacity=1))
    assert brightest(picture, 100, 50) > 200
    assert brightest(picture, 0, 0) == brightest(picture, 100, 0) == brightest(picture, 0, 50) == 0


def test_a_text_has_its_colour_and_opacity(edit: Edit) -> None:
    picture = edit(png(GROUND), watermark(text="I" * 20, color="#ff0000", opacity=0.5, width=1, position="centre"))
    red, green, blue = (picture.extract_band(band).max() for band in range(3))
    assert 120 <= red <= 135
    assert (green, blue) == (0, 0)


def test_a_text_is_no_markup(edit: Edit) -> None:
    edit(png(GROUND), watermark(text="<b>&amp; <span size='999999'>x</span>"))
    same = edit(png(GROUND), watermark(text="<b>", width=0.9, opacity=1))
    bold = edit(png(GROUND), watermark(text="b", width=0.9, opacity=1))
    assert (same - bold).abs().max() > 100


@pytest.mark.parametrize("words", ["a\x00b", "\u202eabc", "x" * 200, "line\nline\nline", "שלום 你好", "e\u0301" * 90])
def test_strange_texts_are_written_or_rejected(run: Run, words: str) -> None:
    assert len(run(png(GROUND), watermark(text=words))["outputs"]) == 1


def test_what_cannot_be_seen_is_rejected_by_the_field(run: Run) -> None:
    with pytest.raises(Reject, match=r"^/operations/0 \(watermark\): The text cannot be written"):
        run(png(GROUND), watermark(text="\u202e\u200b"))


@pytest.mark.parametrize("way", ["fileId", "dataUri"])
def test_another_picture_is_laid_over(edit: Edit, files: FileStore, way: str) -> None:
    mark = png(plain(10, 10, RED))
    uri = f"data:image/png;base64,{b64encode(mark).decode()}"
    source = {way: uri if way == "dataUri" else files.save(mark, "image/png").file_id}
    asked = watermark(**source, width=0.5, opacity=1, position="north-west", margin=0)
    picture = edit(png(plain(100, 200, BLUE)), asked)
    assert is_near(picture, 25, 25, RED)
    assert is_near(picture, 75, 25, BLUE)
    assert is_near(picture, 25, 75, BLUE)


def test_transparency_is_mixed_as_porter_and_duff_have_it(edit: Edit, files: FileStore) -> None:
    half = plain(10, 10, [255, 0, 0]).bandjoin(128).copy(interpretation="srgb")
    mark = files.save(png(half), "image/png")
    clear = plain(10, 10, [0, 0, 255]).bandjoin(0).copy(interpretation="srgb")
    asked = watermark(fileId=mark.file_id, width=1, opacity=1, margin=0)
    assert color(edit(png(clear), asked), 5, 5) == [255, 0, 0, 128]
    assert color(edit(png(plain(10, 10, [0, 0, 255])), asked), 5, 5) == [128, 0, 127]


@pytest.mark.parametrize("space", ["b-w", "rgb16", "grey16"])
def test_the_picture_keeps_its_kind_of_channels(edit: Edit, space: str) -> None:
    ground = GROUND.colourspace(space)
    picture = edit(png(ground), watermark(text="Draft", opacity=1, width=1))
    assert (picture.bands, picture.format) == (ground.bands, ground.format)
    assert picture.max() > (200 if ground.format == "uchar" else 50_000)


@pytest.mark.parametrize("make", [jpeg, gif])
def test_every_format_bears_it(edit: Edit, make: Any) -> None:
    assert edit(make(GROUND), watermark(text="Draft")).width == 200


def test_an_unknown_file_is_rejected_by_its_field(run: Run) -> None:
    asked = watermark(fileId="018bcfe5-6800-7000-8000-000000000000")
    with pytest.raises(Reject, match=r"^/operations/0 \(watermark\): /fileId: .*no file"):
        run(png(GROUND), asked)


def test_a_file_that_is_no_picture_is_rejected_by_its_id(run: Run, files: FileStore) -> None:
    stored = files.save(b"words", "text/plain")
    with pytest.raises(Reject, match=rf"\(watermark\): File {stored.file_id} is no picture"):
        run(png(GROUND), watermark(fileId=stored.file_id))


def test_a_tiny_picture_bears_a_large_margin(edit: Edit) -> None:
    picture = edit(png(plain(3, 1, RED)), watermark(text="Draft", margin=16_383, width=1))
    assert (picture.width, picture.height) == (3, 1)


side = st.integers(1, 1000)


@given(side, side, st.data(), st.sampled_from(POSITIONS), st.integers(0, 2000))
def test_a_mark_always_lies_within_the_picture(
    width: int, height: int, data: st.DataObject, position: str, margin: int
) -> None:
    mark = data.draw(st.integers(1, width)), data.draw(st.integers(1, height))
    left, top = placed((width, height), mark, position, margin)
    assert 0 <= left <= width - mark[0]
    assert 0 <= top <= height - mark[1]
