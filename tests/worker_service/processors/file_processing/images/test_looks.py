from typing import Any

import pytest
import pyvips
from pyvips import Image

from shared.files import FileStore
from tests.worker_service.processors.file_processing.conftest import Edit, Run
from tests.worker_service.processors.file_processing.pictures import (
    BLUE,
    GREEN,
    RED,
    color,
    gif,
    is_near,
    jpeg,
    opened,
    plain,
    png,
    quarters,
    webp,
)
from worker_service.processors.file_processing.images.formats import FORMATS

CONVERT = {"operation": "convert"}


def noise(width: int = 64, height: int = 64) -> Image:
    return Image.gaussnoise(width, height, seed=1).cast("uchar").bandjoin([128, 128]).copy(interpretation="srgb")


def roughness(picture: Image) -> float:
    return float(picture.sobel().avg())


def test_flip_turns_upside_down(edit: Edit) -> None:
    picture = edit(png(quarters(120, 80)), {"operation": "flip"})
    assert is_near(picture, 5, 5, BLUE)
    assert is_near(picture, 5, 75, RED)


def test_flop_swaps_left_and_right(edit: Edit) -> None:
    picture = edit(png(quarters(120, 80)), {"operation": "flop"})
    assert is_near(picture, 5, 5, GREEN)
    assert is_near(picture, 115, 5, RED)


@pytest.mark.parametrize("name", ["flip", "flop"])
def test_to_flip_twice_changes_nothing(edit: Edit, name: str) -> None:
    picture = edit(png(quarters(31, 17)), {"operation": name}, {"operation": name})
    assert (picture - quarters(31, 17)).abs().max() == 0


def test_blur_makes_a_picture_smoother_the_more_the_larger_its_sigma(edit: Edit) -> None:
    rough = noise()
    slight, strong = (edit(png(rough), {"operation": "blur", "sigma": sigma}) for sigma in (0.5, 5))
    assert roughness(rough) > roughness(slight) > roughness(strong)


def test_sharpen_makes_edges_steeper_and_leaves_flat_areas(edit: Edit) -> None:
    soft = quarters(60, 60).gaussblur(2)
    sharp = edit(png(soft), {"operation": "sharpen", "sigma": 2, "amount": 10})
    assert roughness(sharp) > roughness(soft)
    assert is_near(sharp, 5, 5, RED)


@pytest.mark.parametrize("name", ["blur", "sharpen", "grayscale", "toSrgb"])
@pytest.mark.parametrize(
    "picture",
    [quarters(), quarters().addalpha(), quarters().colourspace("b-w"), quarters().colourspace("rgb16")],
    ids=["sRGB", "with alpha", "grey", "16 bits"],
)
def test_every_kind_of_picture_keeps_size_depth_and_alpha(edit: Edit, picture: Image, name: str) -> None:
    asked: dict[str, Any] = {"operation": name, **({"sigma": 1} if name == "blur" else {})}
    changed = edit(png(picture), asked)
    assert (changed.width, changed.height, changed.format) == (picture.width, picture.height, picture.format)
    assert bool(changed.hasalpha()) == bool(picture.hasalpha())


def test_the_colours_of_another_profile_are_brought_to_srgb(edit: Edit) -> None:
    wide = plain(20, 20, [200, 60, 60]).icc_transform("p3", input_profile="srgb")
    assert color(wide, 5, 5) != [200, 60, 60]
    picture = edit(png(wide), {"operation": "toSrgb"})
    assert is_near(picture, 5, 5, [200, 60, 60])
    assert not picture.get_typeof("icc-profile-data")


def test_cmyk_is_brought_to_srgb(edit: Edit) -> None:
    inks = plain(20, 20, RED).icc_transform("cmyk", input_profile="srgb")
    picture = edit(bytes(inks.jpegsave_buffer()), {"operation": "toSrgb"}, {**CONVERT, "format": "png"})
    assert picture.bands == 3
    assert is_near(picture, 5, 5, RED) or color(picture, 5, 5)[0] > 180


def test_less_quality_is_a_smaller_file(run: Run) -> None:
    for format in ("jpeg", "webp", "avif"):
        sizes = [
            run(png(noise()), {**CONVERT, "format": format, "quality": quality})["outputs"][0]["bytes"]
            for quality in (20, 95)
        ]
        assert sizes[0] < sizes[1]


@pytest.mark.parametrize("format", ["webp", "avif"])
def test_lossless_loses_nothing(edit: Edit, format: str) -> None:
    picture = edit(png(quarters(40, 30)), {**CONVERT, "format": format, "lossless": True})
    assert (picture.extract_band(0, n=3) - quarters(40, 30)).abs().max() <= (0 if format == "webp" else 2)


@pytest.mark.parametrize("effort", [1, 9])
@pytest.mark.parametrize("format", ["png", "webp", "avif", "gif"])
def test_every_effort_is_to_be_had(run: Run, format: str, effort: int) -> None:
    (output,) = run(png(noise(16, 16)), {**CONVERT, "format": format, "effort": effort})["outputs"]
    assert output["mediaType"] == f"image/{format}"


def test_effort_spans_the_scale_of_each_encoder() -> None:
    spans = {name: [format.effort_option(effort) for effort in (1, 9)] for name, format in FORMATS.items()}
    assert spans["webp"] == [{"effort": 0}, {"effort": 6}]
    assert spans["png"] == [{"compression": 1}, {"compression": 9}]
    assert spans["jpeg"] == [{}, {}]


@pytest.mark.parametrize(("kept", "stands"), [("keep", True), ("strip", False)])
@pytest.mark.parametrize("format", ["jpeg", "webp", "png", "avif"])
def test_metadata_go_along_only_when_asked(run: Run, files: FileStore, format: str, kept: str, stands: bool) -> None:
    content = jpeg(quarters(), 6, ifd0_Make="ACME")
    (output,) = run(content, {**CONVERT, "format": format, "metadata": kept})["outputs"]
    picture = opened(files.read(output["fileId"]))
    assert ("exif-ifd0-Make" in picture.get_fields()) == stands
    assert picture.autorot().height == output["height"]  # what is kept does not turn it again


def test_a_kept_picture_of_several_frames_is_whole(edit: Edit) -> None:
    picture = edit(gif(quarters(), 3), {**CONVERT, "format": "webp", "metadata": "keep"})
    assert picture.get_n_pages() == 3


def test_animations_go_through_every_change(edit: Edit) -> None:
    changes: list[dict[str, Any]] = [
        {"operation": "flip"},
        {"operation": "blur", "sigma": 1},
        {"operation": "sharpen"},
        {"operation": "watermark", "text": "mine"},
        {"operation": "toSrgb"},
    ]
    picture = edit(webp(quarters(), 3), *changes)
    assert (picture.get_n_pages(), picture.get("delay")) == (3, [70] * 3)


def test_the_profile_of_a_grey_picture_does_not_hinder(edit: Edit) -> None:
    gray = quarters().colourspace("b-w").copy()
    gray.set_type(pyvips.GValue.blob_type, "icc-profile-data", pyvips.Image.profile_load("srgb"))
    picture = edit(bytes(gray.tiffsave_buffer()), {"operation": "grayscale"})
    assert picture.bands == 1
