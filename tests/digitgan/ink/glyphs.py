"""Images of every kind that ink is traced from: strokes, faint strokes, specks, noise, and odd shapes."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

Images = NDArray[np.uint8]


@st.composite
def images(draw: st.DrawFn) -> Images:
    """Draw soft strokes, noise, blank images and full ones, in many shapes."""
    n, height, width = draw(st.integers(0, 3)), draw(st.integers(1, 30)), draw(st.integers(1, 30))
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    drawn = random.integers(0, 256, (n, height, width)) * (random.random((n, height, width)) < draw(st.floats(0, 1)))
    for _ in range(draw(st.integers(0, 3))):  # the softer, the fewer and larger the pieces of ink
        padded = np.pad(drawn, ((0, 0), (1, 1), (1, 1)))
        around = [padded[:, y : y + height, x : x + width] for y in range(3) for x in range(3)]
        drawn = np.stack(around).sum(axis=0) // 9
    strength = draw(st.sampled_from([1, 2, 4]))
    return np.minimum(drawn * strength, 255).astype(np.uint8)


def disc(size: int, x: float, y: float, radius: float, level: int = 255) -> Images:
    """Return one image of a disc: uint8 (1, size, size); pixels are covered as far as 8 x 8 points of them are."""
    fine = (np.arange(8 * size) + 0.5) / 8
    inside = (fine - x) ** 2 + (fine[:, None] - y) ** 2 <= radius**2
    image: Images = np.round(level * inside.reshape(size, 8, size, 8).mean(axis=(1, 3))).astype(np.uint8)
    return image[None]


def written(*paths: Sequence[tuple[float, float]], width: float = 3) -> Images:
    """Return one image of lines along paths, drawn with a round pen: uint8 (1, 28, 28)."""
    x, y = np.meshgrid(np.arange(28) + 0.5, np.arange(28) + 0.5)
    distance = np.full((28, 28), 99.0)
    for (a, b), (c, d) in (pair for path in paths for pair in pairwise(path)):
        along = np.clip(((x - a) * (c - a) + (y - b) * (d - b)) / max((c - a) ** 2 + (d - b) ** 2, 1e-9), 0, 1)
        distance = np.minimum(distance, np.hypot(x - a - along * (c - a), y - b - along * (d - b)))
    image: Images = np.round(255 * np.clip(width / 2 + 0.5 - distance, 0, 1)).astype(np.uint8)
    return image[None]
