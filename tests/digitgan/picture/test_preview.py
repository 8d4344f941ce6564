"""The picture that a link to a number is shown with."""

import re
from importlib.resources import files

import numpy as np
import pytest

from digitgan.engine.plan import n_digits
from digitgan.engine.source import Seeds
from digitgan.picture import drawing
from digitgan.picture.preview import HEIGHT, INK, PAPER, WIDTH, preview_of
from tests.digitgan.picture.rings import rings

MARGIN = 40  # pixels


@pytest.mark.parametrize("number", ["0", "2026", "29/11/2026", "(-8)", "1" * 64, "1-" * 32])
def test_number_is_in_the_middle_as_large_as_fits(number: str) -> None:
    picture, n = preview_of(number), n_digits(number)
    page = drawing.page(picture, rings(1).repeat(n, axis=0), Seeds([0] * n))
    assert page.shape == picture.shape(n, 28, 28) == (HEIGHT, WIDTH)
    filled = []
    for axis, length in ((1, HEIGHT), (0, WIDTH)):
        places = np.flatnonzero(page.any(axis=axis))
        before, after = places[0], length - 1 - places[-1]
        assert abs(before - after) <= 1
        assert before >= MARGIN
        filled.append(1 - (before + after) / length)
    assert filled[0] > 0.5 or filled[1] > 0.75


def test_colours_are_those_of_the_page() -> None:
    css = files("service").joinpath("static", "shell", "page.css").read_text(encoding="utf-8")
    first = {name: re.search(rf"--{name}: #(\w+);", css) for name in ("ink", "raised")}
    assert [match and match[1] for match in first.values()] == [INK, PAPER]
