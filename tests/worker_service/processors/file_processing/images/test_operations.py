from collections.abc import Callable
from typing import Any

import pytest
from pyvips import Image

from shared.job_types.image_limits import CROPS, FITS, FORMATS
from shared.job_types.image_operations import IMAGE_CHANGES, IMAGE_REPORTS
from tests.worker_service.processors.file_processing.conftest import Edit, Run
from tests.worker_service.processors.file_processing.pictures import (
    BLUE,
    GREEN,
    RED,
    avif,
    color,
    gif,
    is_near,
    jpeg,
    opened,
    plain,
    png,
    quarters,
    tiff,
    webp,
)
from worker_service.processors import Reject
from worker_service.processors.file_processing.images import CHANGES, REPORTS

WHITE = [255, 255, 255]
MAKERS: dict[str, Callable[[Image], bytes]] = {
    "jpeg": jpeg,
    "png": png,
    "webp": webp,
    "avif": avif,
    "gif": gif,
    "tiff": tiff,
}
LOADERS = {"avif": "heif"}


def resize(**asked: Any) -> dict[str, Any]:
    return {"operation": "resize", **asked}


def test_every_operation_of_the_contract_is_performed() -> None:
    assert list(CHANGES) == list(IMAGE_CHANGES)
    assert list(REPORTS) == list(IMAGE_REPORTS)


@pytest.mark.parametrize(
    ("asked", "size"),
    [
        ({"width": 60, "height": 60}, (60, 40)),
        ({"width": 60, "height": 60, "fit": "inside"}, (60, 40)),
        ({"width": 60, "height": 60, "fit": "outside"}, (90, 60)),
        ({"width": 60, "height": 60, "fit": "cover"}, (60, 60)),
        ({"width": 60, "height": 60, "fit": "contain"}, (60, 60)),
        ({"width": 60, "height": 60, "fit": "fill"}, (60, 60)),
        ({"width": 60}, (60, 40)),
        ({"height": 60}, (90, 60)),
        ({"width": 60, "fit": "contain"}, (60, 40)),
        ({"width": 240, "height": 500}, (120, 80)),
        ({"width": 240, "height": 500, "enlarge": True}, (240, 160)),
    ],
)
@pytest.mark.parametrize("make", [jpeg, png], ids=["shrunk on load", "scaled after"])
def test_resize_gives_the_size_that_the_fit_asks_for(
    edit: Edit, make: Any, asked: dict[str, Any], size: tuple[int, int]
) -> None:
    picture = edit(make(quarters(120, 80)), resize(**asked))
    assert (picture.width, picture.height) == size


@pytest.mark.parametrize("name", FORMATS)
def test_a_picture_that_is_written_as_it_is_decoded_is_the_same(run: Run, name: str) -> None:
    content = MAKERS[name](quarters(600, 400))
    (at_once,) = run(content, resize(width=60))["outputs"]
    (in_steps,) = run(content, resize(width=60), {"operation": "rotate", "angle": "auto"})["outputs"]
    assert at_once["sha256"] == in_steps["sha256"]


def test_cover_cuts_off_both_sides_evenly(edit: Edit) -> None:
    picture = edit(png(quarters(120, 80)), resize(width=40, height=80, fit="cover"))
    assert is_near(picture, 2, 2, RED)
    assert is_near(picture, 37, 2, GREEN)


def test_contain_has_transparent_bars_where_the_format_can(edit: Edit) -> None:
    picture = edit(png(plain(40, 20, RED)), resize(width=40, height=40, fit="contain"))
    assert color(picture, 20, 2) == [0, 0, 0, 0]
    assert is_near(picture, 20, 20, [*RED, 255])


def test_contain_has_white_bars_where_the_format_cannot(edit: Edit) -> None:
    picture = edit(jpeg(plain(40, 20, RED)), resize(width=40, height=40, fit="contain"))
    assert is_near(picture, 20, 2, WHITE)
    assert is_near(picture, 20, 20, RED)


@pytest.mark.parametrize("fit", FITS)
@pytest.mark.parametrize("name", FORMATS)
def test_every_format_bears_every_fit(edit: Edit, name: str, fit: str) -> None:
    picture = edit(MAKERS[name](quarters()), resize(width=30, height=50, fit=fit))
    assert picture.get("vips-loader").startswith(LOADERS.get(name, name))


@pytest.mark.parametrize("part", CROPS)
def test_a_thumbnail_has_exactly_its_size(edit: Edit, part: str) -> None:
    picture = edit(jpeg(quarters()), {"operation": "thumbnail", "width": 30, "height": 20, "crop": part})
    assert (picture.width, picture.height) == (30, 20)


def test_a_thumbnail_is_square_unless_told_otherwise(edit: Edit) -> None:
    picture = edit(jpeg(quarters()), {"operation": "thumbnail", "width": 30})
    assert (picture.width, picture.height) == (30, 30)


def test_a_thumbnail_keeps_what_catches_the_eye(edit: Edit) -> None:
    dull = plain(300, 100, [128, 128, 128])
    lively = dull.insert(plain(40, 40, [255, 80, 60]), 250, 30)
    picture = edit(png(lively), {"operation": "thumbnail", "width": 100})
    assert picture.max() > 250


@pytest.mark.parametrize("target", FORMATS)
@pytest.mark.parametrize("source", FORMATS)
def test_every_format_becomes_every_other(run: Run, source: str, target: str) -> None:
    result = run(MAKERS[source](quarters()), {"operation": "convert", "format": target})
    (output,) = result["outputs"]
    assert (output["mediaType"], output["width"], output["height"]) == (f"image/{target}", 120, 80)


def test_a_lower_quality_makes_a_smaller_file(run: Run) -> None:
    sizes = [
        run(jpeg(quarters()), {"operation": "convert", "format": "webp", "quality": quality})["outputs"][0]["bytes"]
        for quality in (5, 100)
    ]
    assert sizes[0] < sizes[1]


def test_transparency_becomes_white_where_the_format_has_none(edit: Edit) -> None:
    see_through = plain(20, 20, [*RED, 0])
    picture = edit(png(see_through), {"operation": "convert", "format": "jpeg"})
    assert is_near(picture, 10, 10, WHITE)


def test_transparency_stays_where_the_format_has_it(edit: Edit) -> None:
    picture = edit(png(plain(20, 20, [*RED, 0])), {"operation": "convert", "format": "webp"})
    assert color(picture, 10, 10)[3] == 0


@pytest.mark.parametrize(
    ("angle", "size", "corner"),
    [
        (90, (80, 120), BLUE),
        (180, (120, 80), BLUE),
        (270, (80, 120), GREEN),
        (-90, (80, 120), GREEN),
        (-270, (80, 120), BLUE),
        ("auto", (120, 80), RED),
    ],
)
def test_rotate_turns_clockwise(edit: Edit, angle: Any, size: tuple[int, int], corner: list[int]) -> None:
    picture = edit(png(quarters(120, 80)), {"operation": "rotate", "angle": angle})
    assert (picture.width, picture.height) == size
    assert is_near(picture, 2, 2, corner)


def test_crop_cuts_out_the_part(edit: Edit) -> None:
    part = {"operation": "crop", "left": 55, "top": 0, "width": 10, "height": 30}
    picture = edit(png(quarters(120, 80)), part)
    assert (picture.width, picture.height) == (10, 30)
    assert color(picture, 4, 0) == RED
    assert color(picture, 5, 0) == GREEN


@pytest.mark.parametrize("part", [{"left": 100, "width": 21}, {"top": 80}, {"left": 10**8}, {"height": 81}])
def test_a_part_outside_of_the_picture_is_rejected(run: Run, part: dict[str, int]) -> None:
    asked = {"operation": "crop", "width": 1, "height": 1, **part}
    with pytest.raises(Reject, match=r"^/operations/0 \(crop\): .* does not lie within the picture, which has 120x80"):
        run(png(quarters(120, 80)), asked)


def test_grayscale_takes_the_colour_and_leaves_the_transparency(edit: Edit) -> None:
    picture = edit(png(plain(20, 20, [*RED, 99])), {"operation": "grayscale"})
    assert picture.bands == 2
    assert color(picture, 1, 1)[1] == 99


def test_grayscale_works_at_16_bits_and_with_a_profile(edit: Edit) -> None:
    deep = plain(20, 20, RED).colourspace("rgb16").icc_export(output_profile="srgb", depth=16)
    picture = edit(png(deep), {"operation": "grayscale"})
    assert (picture.bands, picture.format) == (1, "ushort")


def test_a_cmyk_picture_comes_out_in_rgb(edit: Edit) -> None:
    printed = jpeg(quarters().colourspace("cmyk"))
    assert opened(printed).interpretation == "cmyk"
    picture = edit(printed, {"operation": "convert", "format": "png"})
    assert (picture.interpretation, picture.bands) == ("srgb", 3)


def test_metadata_tells_the_facts_of_the_file_as_it_came(run: Run) -> None:
    result = run(jpeg(quarters(120, 80), orientation=6), {"operation": "metadata"})
    assert result == {
        "outputs": [],
        "reports": [
            {
                "index": 0,
                "operation": "metadata",
                "mediaType": "image/jpeg",
                "width": 80,
                "height": 120,
                "frames": 1,
                "channels": 3,
                "hasAlpha": False,
                "bitDepth": 8,
                "colorSpace": "srgb",
                "orientation": 6,
            }
        ],
    }


def test_metadata_tells_the_facts_of_the_picture_as_it_stands(run: Run) -> None:
    steps = resize(width=10), {"operation": "convert", "format": "png"}, {"operation": "metadata"}
    (report,) = run(gif(quarters(), 3), *steps)["reports"]
    assert (report["index"], report["mediaType"], report["width"], report["frames"]) == (2, "image/png", 10, 1)
    assert report["orientation"] == 1
