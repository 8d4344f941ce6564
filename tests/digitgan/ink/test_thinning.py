"""Skeletons are thin, lie within the ink, and hang together as the ink does."""

import numpy as np
from hypothesis import given, settings
from numpy.typing import NDArray

from digitgan.ink.thinning import thin

from .glyphs import Images, images


def components(picture: NDArray[np.bool_], *, corners: bool) -> int:
    """Return the connected pieces of a picture; `corners` tells whether pixels that touch at corners are connected."""
    steps = [(0, 1), (1, 0), (0, -1), (-1, 0)] + [(1, 1), (1, -1), (-1, 1), (-1, -1)] * corners
    left, n = set(zip(*map(np.ndarray.tolist, np.nonzero(picture)), strict=True)), 0
    while left:
        n, edge = n + 1, [left.pop()]
        while edge:
            row, column = edge.pop()
            near = {(row + down, column + right) for down, right in steps} & left
            left -= near
            edge += near
    return n


@settings(deadline=None)
@given(images())
def test_skeleton_has_the_pieces_and_holes_of_the_ink(given_images: Images) -> None:
    ink = np.pad(given_images >= 128, ((0, 0), (1, 1), (1, 1)))
    for before, after in zip(ink, thin(ink), strict=True):
        assert not (after & ~before).any()
        assert components(after, corners=True) == components(before, corners=True)
        assert components(~after, corners=False) == components(~before, corners=False)


def test_skeleton_of_a_bar_is_one_pixel_thick() -> None:
    ink = np.zeros((1, 20, 40), bool)
    ink[0, 6:13, 5:35] = True
    skeleton = thin(ink)[0]
    assert skeleton.sum(axis=0).max() == 1
    assert skeleton[:, 10:30].any(axis=0).all()
