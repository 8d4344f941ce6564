"""Drawings, scans and photographs of a digit, as MNIST has digits; and what is refused."""

from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from numpy.typing import NDArray
from PIL import Image

from digitgan.contract.errors import PictureRefused
from digitgan.hands.preparation import prepare
from tests.digitgan.hands.drawings import DIGITS, drawing, photograph
from training.data import SAMPLE_FOLDER
from training.images.idx import FILES, find, read_idx

Grey = NDArray[np.uint8]


def _distance(one: Grey, other: Grey) -> float:
    """Return the root mean square of the differences of two pictures, the least over shifts by up to a pixel."""
    moved = (np.roll(other.astype(float), shift, (0, 1)) for shift in product((-1, 0, 1), repeat=2))
    return min(float(np.sqrt(np.mean((one - each) ** 2))) for each in moved)


def _refusal(picture: Grey) -> str:
    with pytest.raises(PictureRefused) as refused:
        prepare(picture)
    return str(refused.value)


def test_mnists_own_digits_come_back_nearly_unchanged() -> None:
    images = read_idx(find(SAMPLE_FOLDER, FILES[2]))[:300]
    differences = np.array([prepare(image).astype(float) - image for image in images])
    assert np.sqrt(np.mean(differences**2)) < 3


@pytest.mark.parametrize("digit", DIGITS)
def test_drawing_fits_20_pixels_around_its_centre_of_mass(digit: str) -> None:
    prepared = prepare(drawing(digit))
    rows, columns = np.flatnonzero(prepared.any(axis=1)), np.flatnonzero(prepared.any(axis=0))
    assert max(np.ptp(rows), np.ptp(columns)) + 1 == 20
    assert prepared.max() == 255
    shares = prepared / prepared.sum()
    middle = shares.sum(axis=1) @ np.arange(28), shares.sum(axis=0) @ np.arange(28)
    is_free = rows[0] > 0 and rows[-1] < 27 and columns[0] > 0 and columns[-1] < 27  # else the border holds it back
    assert not is_free or max(abs(14 - place) for place in middle) <= 0.51


@pytest.mark.parametrize("digit", DIGITS)
def test_drawing_is_the_same_in_other_shades_places_and_sizes(digit: str) -> None:
    plain = prepare(drawing(digit))
    others = {
        "light on dark": prepare(255 - drawing(digit)),
        "grey on grey": prepare(drawing(digit, ink=120, paper=150)),
        "aside": prepare(drawing(digit, size=0.7, at=(0.25, 0.05), weight=16 * 0.7)),
        "tiny": prepare(drawing(digit, side=2000, size=0.03, at=(0.8, 0.7), weight=16 / 280 * 0.03 * 2000)),
        "large": prepare(drawing(digit, side=1200, weight=16 / 280 * 1200)),
    }
    assert {name: distance for name, other in others.items() if (distance := _distance(plain, other)) > 20} == {}


@pytest.mark.parametrize("digit", DIGITS)
def test_photograph_gives_what_the_drawing_gives(digit: str) -> None:
    drawn = drawing(digit, side=600, size=0.7, at=(0.1, 0.15), weight=24)
    plain = prepare(drawn)
    others = {
        "lit from a side": prepare(photograph(drawn, angle=0.3)),
        "lit from above": prepare(photograph(drawn, angle=4.5, noise=12)),
        "in a shadow": prepare(photograph(drawn, shadow=True)),
        "in chalk": prepare(photograph(drawn, chalk=True, angle=2)),
    }
    assert {name: distance for name, other in others.items() if (distance := _distance(plain, other)) > 40} == {}
    assert {name for name, other in others.items() if other[0].any() and not plain[0].any()} == set()


def test_strokes_keep_their_weight() -> None:
    inks = [int(prepare(drawing("3", weight=weight)).sum()) for weight in (14, 22, 34, 50)]
    assert all(thicker > 1.2 * thinner for thinner, thicker in pairwise(inks))


def test_hairline_shows_as_a_fine_pen() -> None:
    for weight in (1, 2, 4):
        prepared = prepare(drawing("8", side=1000, weight=weight))
        assert prepared.max() == 255
        assert (prepared > 100).sum() > 45  # about the length of its strokes


def test_specks_and_the_edge_of_a_desk_are_left_out() -> None:
    plain = drawing("5", side=600)
    salt = np.where(np.random.default_rng(1).random(plain.shape) < 0.01, 0, plain).astype(np.uint8)
    desk = plain.copy()
    desk[:, :50], desk[560:] = 40, 60
    ruled = plain.copy()
    ruled[40::75] = 190
    for picture in (salt, photograph(desk), photograph(ruled)):
        assert _distance(prepare(plain), prepare(picture)) < 40


def test_picture_without_ink_is_refused_as_blank() -> None:
    for shade in (0, 128, 255):
        assert "blank" in _refusal(np.full((200, 300), shade, np.uint8))
    assert "blank" in _refusal(photograph(np.full((300, 400), 255, np.uint8)))


def test_several_figures_are_refused_with_their_number() -> None:
    assert "2 separate figures" in _refusal(drawing("7", "3"))
    assert "2 separate figures" in _refusal(drawing("1", "1", apart=0.25))
    assert "2 separate figures" in _refusal(drawing("7", "3", apart=0.5))  # the 7's bar ends above the 3
    assert "4 separate figures" in _refusal(drawing("3", "0", "3", "8"))
    assert "2 separate figures" in _refusal(photograph(drawing("4", "8", side=500)))


def test_textures_are_refused() -> None:
    noise = np.random.default_rng(1).integers(0, 256, (300, 300), np.uint8)
    stripes = (np.indices((300, 300))[1] // 20 % 2 * 255).astype(np.uint8)
    dots = np.full((300, 300), 255, np.uint8)
    dots[20::60, 20::60] = dots[21::60, 20::60] = dots[20::60, 21::60] = dots[21::60, 21::60] = 0
    lattice = np.full((228, 228), 255, np.uint8)
    is_bar = np.arange(10, 238) % 20 < 7
    lattice[is_bar] = lattice[:, is_bar] = 0
    assert "no plain paper" in _refusal(noise)
    assert "stripes" in _refusal(stripes)
    assert "all edges" in _refusal(lattice)
    assert "separate marks" in _refusal(dots)


def test_too_small_a_picture_is_refused() -> None:
    assert "7 x 30 pixels; at least 8 x 8" in _refusal(np.zeros((30, 7), np.uint8))


@given(
    arrays(np.uint8, array_shapes(min_dims=2, max_dims=2, min_side=8, max_side=90), elements=st.integers(0, 255)),
    st.integers(1, 4),
)
def test_any_picture_is_prepared_or_refused(picture: Grey, factor: int) -> None:
    picture = np.asarray(Image.fromarray(picture).resize((picture.shape[1] * factor, picture.shape[0] * factor)))
    try:
        prepared = prepare(picture)
    except PictureRefused:
        return
    assert prepared.shape == (28, 28)
    assert prepared.dtype == np.uint8
    assert prepared.max() == 255
