"""Strings of real digits, as the readers of generated numbers are tested with them."""

import numpy as np
import pytest
from numpy.typing import NDArray

from bench.ink.strings import SETS, Play, compose, strings

RNG = np.random.default_rng(1)
EXACT = Play(gaps=(4, 4), baseline=0, size=0, slant=0)


def block(value: int = 255, width: int = 6) -> NDArray[np.uint8]:
    """Return a digit whose ink is a rectangle, 20 high."""
    digit = np.zeros((28, 28), np.uint8)
    digit[4:24, 10 : 10 + width] = value
    return digit


def test_digits_stand_apart_by_their_ink_and_on_one_line() -> None:
    picture = compose(np.stack([block(width=6), block(width=3), block(width=9)]), EXACT, RNG)
    columns, rows = np.any(picture > 0, axis=0), np.any(picture > 0, axis=1)
    inked = "".join("#" if each else "." for each in columns.tolist()).strip(".")
    assert inked == "######....###....#########"
    assert np.array_equal(np.flatnonzero(rows), np.arange(16, 36))


def test_negative_gap_lets_ink_overlap_and_keeps_the_brighter() -> None:
    play = Play(gaps=(-2, -2), baseline=0, size=0, slant=0)
    picture = compose(np.stack([block(255), block(100)]), play, RNG)
    row = picture[20]
    assert row[row > 0].tolist() == [255] * 6 + [100] * 4


@pytest.mark.parametrize("name", SETS)
def test_no_play_cuts_ink_off(name: str) -> None:
    rng = np.random.default_rng(2)
    tall = np.zeros((28, 28), np.uint8)
    tall[2:26, 2:26] = 255
    for _ in range(200):
        picture = compose(tall[None], SETS[name], rng)
        edge = np.concatenate([picture[0], picture[-1], picture[:, 0], picture[:, -1]])
        assert not edge.any()


def test_strings_hold_each_digit_once_and_say_its_label() -> None:
    shades = np.arange(100, 112)  # each digit has a grey level of its own
    images, labels = np.stack([block(shade) for shade in shades.tolist()]), (shades % 10).astype(np.uint8)
    pictures, texts = strings(images, labels, 5, EXACT, seed=3)
    found = [int(shade) for picture in pictures for shade in picture[20, 8:-8:10] if shade]
    assert len(texts) == 2
    assert "".join(texts) == "".join(str(shade % 10) for shade in found)
    assert len(set(found)) == 10


def test_seed_decides_strings() -> None:
    images, labels = RNG.integers(0, 256, (10, 28, 28), np.uint8), np.arange(10, dtype=np.uint8)
    first, again, other = (strings(images, labels, 5, SETS["plain"], seed) for seed in (1, 1, 2))
    assert first[1] == again[1] != other[1]
    assert all(np.array_equal(a, b) for a, b in zip(first[0], again[0], strict=True))
