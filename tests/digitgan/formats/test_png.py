"""What a viewer sees in the PNG format."""

import numpy as np

from digitgan.formats.png import render_page
from digitgan.picture.picture import Picture
from tests.digitgan.formats.pictures import a_job, decoded, generated, numbers


def test_lone_image_has_no_margin() -> None:
    some = generated(1)
    assert np.array_equal(decoded(render_page(a_job(some, Picture(padding=5)), some)), some.images.pixels[0])


def test_lone_number_is_its_strip() -> None:
    job, some = numbers("123", gap=1, scale=2)
    shown = decoded(render_page(job, some))
    assert shown.shape == (4, 2 * (3 * 3 + 2))
    assert np.array_equal(shown[::2, 8:14:2], some.images.pixels[1])
    assert not shown[:, 6:8].any()
