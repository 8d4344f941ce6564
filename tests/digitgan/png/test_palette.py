"""Palettes run from the background to the ink in equal steps."""

import numpy as np

from digitgan.png.palette import Palette


def test_black_to_white_is_greyscale() -> None:
    assert np.array_equal(Palette("ffffff", "000000").rgb, np.arange(256)[:, None].repeat(3, axis=1))


def test_entries_are_the_nearest_to_a_linear_mix() -> None:
    rgb = Palette("ff8001", "00fe7a").rgb
    assert rgb.dtype == np.uint8
    for channel, (ground, ink) in enumerate([(0x00, 0xFF), (0xFE, 0x80), (0x7A, 0x01)]):
        assert rgb[0, channel] == ground
        assert rgb[255, channel] == ink
        assert np.abs(rgb[:, channel] - np.linspace(ground, ink, 256)).max() <= 0.5


def test_opaque_background_is_opaque_everywhere() -> None:
    assert Palette("ff0000", "000000").alpha.tolist() == [255] * 256


def test_transparent_background_keeps_the_ink_and_varies_opacity() -> None:
    palette = Palette("12ab00", None)
    assert palette.alpha.tolist() == list(range(256))
    assert palette.rgb.tolist() == [[0x12, 0xAB, 0x00]] * 256
