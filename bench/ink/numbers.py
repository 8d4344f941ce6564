"""The generated numbers from which a reader learns."""

import asyncio
import base64
import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from bench.ink import answers
from bench.ink.reader import line

_HEIGHT = 32  # of a digit's square, so that a line is drawn at about the size at which it is read
_LENGTHS = (1, 8)  # digits of a number, the least and the most
_FIRST_SEED = 2_000_000
_REQUEST_NUMBERS = 100


def written(layout: str, n: int, seed: int) -> tuple[list[NDArray[np.uint8]], list[str]]:
    """Return lines of generated numbers, each in a hand of its own, and what they say.

    Args:
        layout: how the digits of a number are placed.
        n: numbers.
        seed: of the numbers' lengths and digits. Equal seeds give equal numbers in equal hands in each layout.
    """
    rng = np.random.default_rng(seed)
    least, most = _LENGTHS
    texts = ["".join(map(str, rng.integers(0, 10, rng.integers(least, most + 1)))) for _ in range(n)]
    return asyncio.run(_lines(layout, texts)), texts


async def _lines(layout: str, texts: list[str]) -> list[NDArray[np.uint8]]:
    lines = []
    with answers.engine() as engine:
        for start in range(0, len(texts), _REQUEST_NUMBERS):
            part = texts[start : start + _REQUEST_NUMBERS]
            hands = range(_FIRST_SEED + start, _FIRST_SEED + start + len(part))
            body = await answers.numbers(engine, hands, part, ink=True, height=_HEIGHT, layout=layout)
            pictures = (Image.open(io.BytesIO(base64.b64decode(png))) for png in answers.pngs(body))
            lines += [line(np.asarray(picture)) for picture in pictures]
    return lines
