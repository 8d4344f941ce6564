"""Knows what a contact sheet must look like, cell by cell. Does not know PNG."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from service.engine.sheet import sheet

SMALL = st.integers(1, 5)


@given(st.data(), SMALL, SMALL, SMALL, SMALL, st.integers(0, 3), st.integers(1, 4))
def test_every_picture_stands_scaled_in_its_cell_and_all_else_is_black(
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
def test_the_size_follows_from_rows_columns_padding_and_scale(
    n: int, columns: int, padding: int, scale: int, shape: tuple[int, int]
) -> None:
    assert sheet(np.zeros((n, 28, 28), np.uint8), columns, padding, scale).shape == shape
