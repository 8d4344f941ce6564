"""Ink that the page draws by itself: the very curves of the service, and numbers of them."""

import json
import re

import numpy as np

import digitgan
from digitgan.ink.paths import paths
from digitgan.picture.numbers import outlines_of
from tests.service.static.modules import node


def test_curves_are_those_of_the_service() -> None:
    random = np.random.default_rng(0)
    digits = digitgan.load("digits").generate(seeds=[3] * 10, labels=range(10)).pixels
    noise = random.integers(0, 256, (3, 28, 28), np.uint8)
    faint = (digits[:5] * random.random((5, 1, 1))).astype(np.uint8)
    images = np.concatenate([digits, noise, faint, np.zeros((1, 28, 28), np.uint8)])
    call = f"{json.dumps(images.reshape(-1, 784).tolist())}.map((each) => pathOf(trace(Uint8Array.from(each), 28, 28)))"
    assert node("drawing/ink.js", call) == [path.decode() for path in paths(outlines_of(images))]


def test_number_has_its_digits_side_by_side_and_its_signs_between_them() -> None:
    image = np.zeros((10, 28, 28), np.uint8)
    image[:, 4:24, 10:18] = 255
    numbers = ["11", "1 1", "1-1", "(1.1)", "1/1:1,1+1%"]
    pixels = f"{{ pixels: Uint8Array.from({image.ravel().tolist()}), width: 28, height: 28 }}"
    drawn = node(
        "drawing/ink.js", f"[true, false].map((is) => {json.dumps(numbers)}.map((each) => written({pixels}, each, is)))"
    )
    for documents, is_natural in zip(drawn, (True, False), strict=True):
        for number, document in zip(numbers, documents, strict=True):
            found = re.findall(r'<path transform="translate\((-?[0-9.]+)( 3072)?', document)
            places = [float(x) - (1792 if is_sign else 0) for x, is_sign in found]  # signs are drawn from their middle
            assert len(places) == len(number.replace(" ", ""))
            assert places == sorted(places)
            [width] = re.findall(r'viewBox="0 0 ([0-9.]+) 3584"', document)
            assert (float(width) < len(number) * 3584) == is_natural
