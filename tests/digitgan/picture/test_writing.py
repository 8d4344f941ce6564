"""Frames that write numbers begin with little ink, never lose any, and end with the finished picture."""

import numpy as np
import pytest
from numpy.typing import NDArray

from digitgan.engine.source import Seeds
from digitgan.picture import drawing
from digitgan.picture.picture import Picture
from digitgan.picture.writing import frames_of
from tests.digitgan.ink.glyphs import written

Path = list[tuple[float, float]]
ONE: list[Path] = [[(17, 4), (12, 24)]]
FOUR: list[Path] = [[(9, 5), (6, 15), (22, 15)], [(18, 4), (17, 25)]]
IMAGES = np.concatenate([written(*ONE), written(*FOUR), written(*ONE)])
SOURCE = Seeds([5, 5, 5])

PICTURES = [
    Picture(animate=True, numbers=("141",), scale=3, gap=2),
    Picture(animate=True, numbers=("1,41",), ink=True, height=50),
    Picture(animate=True, numbers=("14", "1"), ink=True, height=50, padding=2, invert=True),
    Picture(animate=True, numbers=("1/4-1",), ink=True, height=90, layout="natural"),
    Picture(animate=True, numbers=("14", "1"), ink=True, height=45, layout="natural", color="navy", padding=3),
]


def ink(picture: Picture) -> NDArray[np.int64]:
    """Return how much ink each pixel of each frame has."""
    frames = drawing.frames(picture, IMAGES, SOURCE).astype(np.int64)
    return 255 - frames if picture.invert else frames


@pytest.mark.parametrize("picture", PICTURES, ids=str)
def test_the_last_frame_is_the_finished_picture(picture: Picture) -> None:
    still = drawing.page(picture.model_copy(update={"animate": False}), IMAGES, SOURCE)
    frames = drawing.frames(picture, IMAGES, SOURCE)
    assert len(frames) == picture.n_frames == len(picture.frame_times(len(frames)))
    np.testing.assert_array_equal(frames[-1], still)


@pytest.mark.parametrize("picture", PICTURES, ids=str)
def test_ink_appears_by_and_by_and_stays(picture: Picture) -> None:
    frames = ink(picture)
    assert (np.diff(frames, axis=0) >= 0).all()
    shares = frames.sum(axis=(1, 2)) / frames[-1].sum()
    assert shares[0] < 0.1
    assert np.diff(shares).max() < 0.25
    assert np.isin(frames, [0, *np.unique(frames[-1])]).all()


def test_digits_are_written_from_left_to_right_and_strokes_from_their_start() -> None:
    picture = Picture(animate=True, numbers=("141",), ink=True, height=56)
    frames = ink(picture) > 128
    appears = np.where(frames.any(axis=0), frames.argmax(axis=0), -1)
    one, four, other = (appears[:, 56 * i : 56 * (i + 1)] for i in range(3))
    assert one.max() <= four[four >= 0].min() <= four.max() <= other[other >= 0].min()
    down = [row[row >= 0].mean() for row in one if (row >= 0).any()]
    assert down == sorted(down)
    bar, stem = four[11, 17], four[45, 34]  # the left of the 4 before the lower end of its stem
    assert 0 <= bar < stem


def test_a_picture_of_animated_numbers_counts_all_frames() -> None:
    still = Picture(numbers=("14",), ink=True, height=56)
    moving = still.model_copy(update={"animate": True})
    assert moving.n_pixels(2, 28, 28) == moving.n_frames * still.n_pixels(2, 28, 28)


def test_frames_are_bounded() -> None:
    assert [frames_of(n) for n in (1, 4, 64)] == [24, 60, 60]


def test_digits_without_ink_leave_frames_blank() -> None:
    picture = Picture(animate=True, numbers=("14",), scale=2)
    assert not drawing.frames(picture, np.zeros((2, 28, 28), np.uint8), Seeds([1, 1])).any()
