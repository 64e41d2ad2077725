from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyvips import Image

from tests.worker_service.processors.file_processing.conftest import Run
from tests.worker_service.processors.file_processing.pictures import (
    BLUE,
    GREEN,
    RED,
    gif,
    jpeg,
    plain,
    png,
    quarters,
    webp,
)
from worker_service.processors.file_processing.images.colors import quantized
from worker_service.processors.file_processing.images.hashes import dhash, phash


def report(run: Run, content: bytes, *before: dict[str, Any], **asked: Any) -> dict[str, Any]:
    found: dict[str, Any] = run(content, *before, asked)["reports"][-1]
    return found


def unlike(one: str, other: str) -> int:
    return (int(one, 16) ^ int(other, 16)).bit_count()


def distance(color: str, expected: list[int]) -> int:
    return max(abs(int(color[1 + 2 * at : 3 + 2 * at], 16) - expected[at]) for at in range(3))


def scene() -> Image:
    """Soft shapes, as a photograph has them."""
    return Image.gaussnoise(300, 200, seed=3, sigma=3000, mean=128).gaussblur(20).cast("uchar").bandjoin([90, 160])


def test_the_dominant_colours_are_those_of_the_areas(run: Run) -> None:
    found = report(run, png(quarters(120, 80)), operation="dominantColors", count=3)["colors"]
    for expected, share in ((BLUE, 0.5), (GREEN, 0.25), (RED, 0.25)):
        (alike,) = (color for color in found if distance(color["color"], expected) < 10)
        assert alike["share"] == pytest.approx(share, abs=0.02)


def test_one_colour_is_one_however_many_are_asked_for(run: Run) -> None:
    found = report(run, png(plain(50, 50, RED)), operation="dominantColors", count=16)["colors"]
    assert found == [{"color": "#dc1414", "share": 1.0}]


def test_what_is_transparent_has_no_colour(run: Run) -> None:
    clear = plain(50, 50, BLUE).bandjoin(0).copy(interpretation="srgb")
    assert report(run, png(clear), operation="dominantColors")["colors"] == []


@pytest.mark.parametrize("space", ["b-w", "rgb16", "grey16"])
@pytest.mark.parametrize("name", ["dominantColors", "perceptualHash", "exif", "metadata"])
def test_every_kind_of_picture_is_reported_on(run: Run, name: str, space: str) -> None:
    assert report(run, png(quarters().colourspace(space)), operation=name)["operation"] == name


colors = st.tuples(*[st.integers(0, 255)] * 3)


@given(st.lists(colors, max_size=50), st.integers(1, 16))
def test_shares_of_dominant_colours_are_whole_and_in_order(pixels: list[tuple[int, ...]], count: int) -> None:
    found = quantized(pixels, count)
    shares = [share for _, share in found]
    assert len(found) == min(count, len(set(pixels)))
    assert shares == sorted(shares, reverse=True)
    assert sum(shares) == pytest.approx(1 if pixels else 0)


@pytest.mark.parametrize("algorithm", ["phash", "dhash"])
def test_pictures_that_look_alike_have_hashes_that_are_alike(run: Run, algorithm: str) -> None:
    asked = {"operation": "perceptualHash", "algorithm": algorithm}
    found = report(run, png(scene()), **asked)
    again = report(run, webp(scene()), **asked)["hash"]
    smaller = report(run, jpeg(scene()), {"operation": "resize", "width": 100}, **asked)["hash"]
    other = report(run, png(scene().rot90()), **asked)["hash"]
    assert found["algorithm"] == algorithm
    assert len(found["hash"]) == 16
    assert unlike(found["hash"], again) <= 6
    assert unlike(found["hash"], smaller) <= 6
    assert unlike(found["hash"], other) > 10


def test_dhash_tells_where_it_grows_darker() -> None:
    assert dhash([list(range(9))] * 8) == 2**64 - 1
    assert dhash([list(range(9, 0, -1))] * 8) == 0


def test_phash_is_the_cosine_transform() -> None:
    """A wave of the second frequency across has that one alone, and so the bit of its place."""
    from math import cos, pi  # noqa: PLC0415 - of this test alone

    wave = [[100 * cos(pi * (2 * n + 1) * 2 / 64) for n in range(32)]] * 32
    assert phash(wave) >> 61 & 1 == 1


def test_of_an_animation_the_first_frame_counts(run: Run) -> None:
    asked = {"operation": "perceptualHash"}
    one, many = (report(run, gif(quarters(), frames), **asked)["hash"] for frames in (1, 4))
    assert unlike(one, many) <= 2


def test_exif_is_told_by_directory(run: Run) -> None:
    exif = {"ifd0_Make": "ACME", "ifd0_Artist": "Ada", "ifd3_GPSLatitude": "52/1 31/1 12/1"}
    found = report(run, jpeg(quarters(), 6, **exif), operation="exif")["exif"]
    assert found["primary"]["Make"] == "ACME"
    assert found["primary"]["Artist"] == "Ada"
    assert found["primary"]["Orientation"] == "6"
    assert found["gps"]["GPSLatitude"] == "52, 31, 12"


def test_exif_of_the_file_is_told_after_changes_too(run: Run) -> None:
    found = report(run, jpeg(quarters(), ifd0_Make="ACME"), {"operation": "flip"}, operation="exif")
    assert found["exif"]["primary"]["Make"] == "ACME"


def test_exif_is_bounded(run: Run) -> None:
    found = report(run, jpeg(quarters(), ifd0_ImageDescription="x" * 5_000), operation="exif")
    assert len(found["exif"]["primary"]["ImageDescription"]) == 500


def test_a_picture_without_exif_has_none(run: Run) -> None:
    assert report(run, gif(quarters()), operation="exif")["exif"] == {}
