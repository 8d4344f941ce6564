"""The page prepares pictures as the service does, to one grey level, and refuses them in the same words."""

import io
import json
from base64 import b64encode
from dataclasses import replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from digitgan.contract.errors import PictureRefused
from digitgan.hands.preparation import prepare
from tests.e2e.drawings import DRAWINGS, Drawing
from tests.service.static.modules import node

Grey = NDArray[np.uint8]
PREPARED = """(pictures) => pictures.map(([text, width, height]) => {
  const levels = Uint8Array.from(atob(text), (each) => each.charCodeAt(0));
  try { return Array.from(prepared({ levels, width, height })); } catch (error) { return error.message; }
})"""


def drawn(drawing: Drawing, side: int = 448) -> Grey:
    """Return a drawing as the page's paper has it."""
    picture = Image.new("L", (side, side), 255)
    pen = ImageDraw.Draw(picture)
    for path in drawing.paths():
        for (x, y), (u, v) in pairwise(path):
            pen.line([side * x, side * y, side * u, side * v], fill=0, width=round(side / 13 * drawing.size))
    return np.asarray(picture)


def photographed(drawing: Drawing, made: str) -> Grey:
    with Image.open(io.BytesIO(replace(drawing, made=made).photo(300))) as picture:  # type: ignore[arg-type]
        return np.asarray(picture.convert("L"))


def test_pictures_become_the_services_or_are_refused_in_its_words() -> None:
    paper = np.full((300, 200), 255, np.uint8)
    stripes = np.tile(np.repeat(np.array([0, 255], np.uint8), 20), (200, 5))
    noise = np.random.default_rng(1).integers(0, 256, (200, 200)).astype(np.uint8)
    two = Drawing("two ones", 1, [[(0.2, 0.1), (0.2, 0.9)], [(0.8, 0.1), (0.8, 0.9)]])
    pictures = [drawn(each) for each in DRAWINGS]
    pictures += [photographed(each, made) for each in DRAWINGS[::3] for made in ("photo", "board")]
    pictures += [drawn(DRAWINGS[6], 28), drawn(DRAWINGS[6], 50)[:, :40], 255 - drawn(DRAWINGS[8], 100)]
    refused = [paper, stripes, noise, drawn(two), np.zeros((300, 5), np.uint8), noise // 128 * 255]
    sent = [[b64encode(each.tobytes()).decode(), *each.shape[::-1]] for each in pictures + refused]
    found = node("views/hand/preparation.js", f"({PREPARED})({json.dumps(sent)})")
    for position, (picture, mine) in enumerate(zip(pictures + refused, found, strict=True)):
        try:
            wanted = prepare(picture)
        except PictureRefused as error:
            assert mine == str(error), position
        else:
            apart = np.abs(np.array(mine).reshape(28, 28) - wanted.astype(int))
            assert apart.max() <= 1, position
    assert all(isinstance(each, str) for each in found[len(pictures) :])
    assert not any(isinstance(each, str) for each in found[: len(pictures)])
