"""The characters and colours that show a picture in a terminal."""

import numpy as np
import pytest

from digitgan.cli.terminal import Colours, draw

PICTURE = np.array([[0, 255], [255, 0], [128, 128]], np.uint8)


def test_two_pixels_share_one_half_block() -> None:
    lines = draw(PICTURE, Colours.DIRECT, 80).splitlines()
    assert lines[0] == "\x1b[38;2;0;0;0;48;2;255;255;255m▀\x1b[38;2;255;255;255;48;2;0;0;0m▀\x1b[0m"
    assert lines[1] == "\x1b[38;2;128;128;128;48;2;0;0;0m▀▀\x1b[0m"  # an odd row has black below it


def test_palette_uses_its_own_black_white_and_greys() -> None:
    lines = draw(PICTURE, Colours.PALETTE, 80).splitlines()
    assert lines[0] == "\x1b[38;5;16;48;5;231m▀\x1b[38;5;231;48;5;16m▀\x1b[0m"
    assert lines[1] == "\x1b[38;5;244;48;5;16m▀▀\x1b[0m"  # grey 128, exactly


def test_ink_is_drawn_as_letters_without_colours() -> None:
    assert draw(np.full((2, 3), 255, np.uint8), Colours.NONE, 80) == "@@@\n"
    assert draw(np.zeros((2, 3), np.uint8), Colours.NONE, 80) == "\n"


@pytest.mark.parametrize("width", [28, 80, 111])
def test_picture_fits_the_width_and_keeps_its_ink(width: int) -> None:
    lines = draw(np.full((28, 112), 255, np.uint8), Colours.NONE, width).splitlines()
    assert 0 < max(map(len, lines)) <= width
    assert lines[0][0] == "@"
