from collections.abc import Callable
from xml.etree import ElementTree as ET

from benchmarks.figures import Results
from benchmarks.picture import picture
from tests.benchmarks.conftest import figure

SVG = "{http://www.w3.org/2000/svg}"


def test_the_longest_bar_is_the_largest_figure_and_the_others_are_in_proportion(
    results: Callable[..., Results],
) -> None:
    drawn = ET.fromstring(picture(results(figure("dmps", 1_000), figure("BullMQ", 500), figure("arq", 1))))  # noqa: S314 - our own
    lengths = [int(bar.attrib["width"]) for bar in drawn.iter(f"{SVG}rect")]
    assert lengths == [520, 260, 1]
    assert [bar.attrib["class"] for bar in drawn.iter(f"{SVG}rect")] == ["dmps", "peer", "peer"]


def test_all_that_is_drawn_lies_within_the_picture(results: Callable[..., Results]) -> None:
    drawn = ET.fromstring(picture(results()))  # noqa: S314 - our own
    _, _, width, height = map(int, drawn.attrib["viewBox"].split())
    texts = list(drawn.iter(f"{SVG}text"))
    assert {text.text for text in texts} > {"dmps", "BullMQ", "1,000", "450"}
    assert all(0 < int(text.attrib["y"]) <= height and 0 <= int(text.attrib["x"]) < width for text in texts)


def test_a_run_of_other_parts_has_an_empty_picture(results: Callable[..., Results]) -> None:
    drawn = ET.fromstring(picture(results(figure("dmps", 1, part="idle"))))  # noqa: S314 - our own
    assert not list(drawn.iter(f"{SVG}rect"))
