from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from worker_service.processors.file_processing.images.fit import scaled_size

side = st.integers(1, 20_000)
size = st.tuples(side, side)


@given(size, side, side)
def test_inside_touches_the_box_and_never_leaves_it(picture: tuple[int, int], width: int, height: int) -> None:
    scaled = scaled_size(picture, width, height, "inside")
    assert scaled[0] <= width
    assert scaled[1] <= height
    assert scaled[0] == width or scaled[1] == height


@given(size, side, side)
def test_outside_touches_the_box_and_always_covers_it(picture: tuple[int, int], width: int, height: int) -> None:
    scaled = scaled_size(picture, width, height, "outside")
    assert scaled[0] >= width
    assert scaled[1] >= height
    assert scaled[0] == width or scaled[1] == height


@given(size, side)
def test_one_side_alone_keeps_the_proportions_to_a_pixel(picture: tuple[int, int], wanted: int) -> None:
    width, height = scaled_size(picture, wanted, None, "inside")
    assert width == wanted
    assert abs(height - max(Fraction(picture[1] * wanted, picture[0]), Fraction(1, 2))) <= Fraction(1, 2)
    assert scaled_size(picture[::-1], None, wanted, "inside") == (height, width)


@given(size, side, side)
def test_fill_is_the_box(picture: tuple[int, int], width: int, height: int) -> None:
    assert scaled_size(picture, width, height, "fill") == (width, height)
