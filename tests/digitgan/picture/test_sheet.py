"""Contact sheets, strips and stacks, cell by cell."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from digitgan.picture.sheet import centre, sheet, stack, strip

SMALL = st.integers(1, 5)


@given(st.data(), SMALL, SMALL, SMALL, SMALL, st.integers(0, 3), st.integers(1, 4))
def test_every_picture_is_scaled_in_its_cell_and_the_rest_is_black(
    data: st.DataObject, n: int, height: int, width: int, columns: int, padding: int, scale: int
) -> None:
    images = data.draw(arrays(np.uint8, (n, height, width)))
    page = sheet(images, columns, padding, scale)
    rest = page.copy()
    for i, image in enumerate(images):
        top = (i // columns * (height + padding) + padding) * scale
        left = (i % columns * (width + padding) + padding) * scale
        cell = (slice(top, top + height * scale), slice(left, left + width * scale))
        assert np.array_equal(page[cell], np.kron(image, np.ones((scale, scale), np.uint8)))
        rest[cell] = 0
    assert not rest.any()


@pytest.mark.parametrize(
    ("n", "columns", "padding", "scale", "shape"),
    [(1, 1, 0, 1, (28, 28)), (100, 10, 2, 4, (1208, 1208)), (4, 4, 0, 2, (56, 224)), (3, 2, 1, 1, (59, 59))],
)
def test_size_of_a_sheet(n: int, columns: int, padding: int, scale: int, shape: tuple[int, int]) -> None:
    assert sheet(np.zeros((n, 28, 28), np.uint8), columns, padding, scale).shape == shape


@given(SMALL, SMALL, SMALL, st.integers(0, 3))
def test_strip_is_a_sheet_of_one_row_without_its_margin(n: int, height: int, width: int, gap: int) -> None:
    images = np.random.default_rng(0).integers(0, 256, (n, height, width), np.uint8)
    page = sheet(images, n, gap)
    assert np.array_equal(strip(images, gap), page[gap : gap + height, gap : page.shape[1] - gap])


def test_strips_of_different_lengths_are_aligned_on_the_left() -> None:
    page = stack([np.full((1, 2), 7, np.uint8), np.full((1, 3), 8, np.uint8)], padding=1)
    assert page.tolist() == [[0] * 5, [0, 7, 7, 0, 0], [0] * 5, [0, 8, 8, 8, 0], [0] * 5]


def test_centre_has_the_ink_in_its_middle() -> None:
    image = np.zeros((4, 5), np.uint8)
    image[0, 3:] = 7, 9
    page = centre(image, 5, 6)
    assert page[2].tolist() == [0, 0, 7, 9, 0, 0]
    assert not np.delete(page, 2, axis=0).any()
    assert not centre(np.zeros((2, 2), np.uint8), 3, 3).any()
