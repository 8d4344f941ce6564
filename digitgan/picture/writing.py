"""Numbers that are written before one's eyes: which pixels of a finished picture each frame of an animation shows."""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from digitgan.ink.layout import HEIGHT
from digitgan.ink.outlines import UNITS, Outlines
from digitgan.ink.pen import strokes
from digitgan.ink.timing import duration, schedule, walk
from digitgan.picture.numbers import Strip

FRAME_MS, HOLD_MS = 40, 2_000  # how long a frame is shown, and the last one
_FRAMES_OF_A_GLYPH, _MOST_FRAMES = 12, 60

_SUB = 16  # steps of a distance in a unit
_REACH = UNITS * _SUB // 2
_AT_ONCE = 2**16  # distances
_FAINT = 3  # pixels beyond a box of ink that may be covered a little


def frames_of(n_glyphs: int) -> int:
    """Return how many frames an animation of some digits and signs has."""
    return min(_MOST_FRAMES, _FRAMES_OF_A_GLYPH * (n_glyphs + 1))


def first_frames(strips: Sequence[Strip], glyphs: Outlines, height: int, n_frames: int) -> list[NDArray[np.uint8]]:
    """Return the first frame that shows each pixel of some numbers: uint8 like the pixels of each.

    A pixel appears when the pen first comes almost as close to it as it ever does.

    Args:
        strips: the numbers, whose pixels are 0 for the background.
        glyphs: outlines of all their digits and signs, in their squares, or where they stand if they have no squares.
        height: pixels that a digit's square of `HEIGHT` units is high.
        n_frames: at least 2.
    """
    written = strokes(glyphs)
    spans = schedule(written)
    last = duration(spans)
    walks = [*map(walk, written, spans)]
    numbers, start = [], 0
    for strip in strips:
        end = start + len(strip.inks)
        first = np.full(strip.pixels.shape, n_frames - 1, np.uint8)
        nearest = np.full(strip.pixels.shape, np.iinfo(np.int64).max)
        for i, path in enumerate(walks[start:end]):
            left, top, right, bottom = _box(strip, i)
            corner = (0, 0) if strip.cells is None else (left, top)
            part = np.s_[top:bottom, left:right]
            for pixels, distances, places in _nearest(
                strip.pixels[part], path, (left - corner[0], top - corner[1]), height
            ):
                is_nearer = distances < nearest[part][pixels]
                pixels = pixels[0][is_nearer], pixels[1][is_nearer]
                nearest[part][pixels] = distances[is_nearer]
                first[part][pixels] = path[places[is_nearer], 2] * (n_frames - 1) // last
        numbers.append(first)
        start = end
    return numbers


def _box(strip: Strip, i: int) -> tuple[int, int, int, int]:
    """Return where the ink of a digit or sign may be."""
    if strip.cells is not None:
        left, top, right, bottom = strip.cells[i].tolist()
        return left, top, right, bottom
    left, top, right, bottom = strip.inks[i].tolist()
    return max(left - _FAINT, 0), max(top - _FAINT, 0), right + _FAINT, bottom + _FAINT


def _nearest(
    pixels: NDArray[np.uint8], path: NDArray[np.int64], offset: tuple[int, int], height: int
) -> Iterator[tuple[tuple[NDArray[np.intp], NDArray[np.intp]], NDArray[np.int64], NDArray[np.intp]]]:
    """Yield pixels of ink as an index, how far each is from a path, squared, and the first place about as near."""
    rows, columns = np.nonzero(pixels)
    if not len(path):
        return
    at_once = max(1, _AT_ONCE // len(path))
    for start in range(0, len(rows), at_once):
        row, column = rows[start : start + at_once], columns[start : start + at_once]
        middle = (2 * np.stack([column, row], axis=1) + 2 * np.array(offset) + 1) * (HEIGHT * _SUB // 2) // height
        distances = (middle[:, :1] - path[:, 0] * _SUB) ** 2 + (middle[:, 1:] - path[:, 1] * _SUB) ** 2
        least = distances.min(axis=1)
        reached = distances <= (least + least // 4 + _REACH**2)[:, None]  # the tip of a pen is round
        yield (row, column), least, reached.argmax(axis=1)


def frames(pixels: NDArray[np.uint8], first: NDArray[np.uint8], n_frames: int) -> NDArray[np.uint8]:
    """Return what each frame shows: uint8 (n_frames, H, W), the last all of the pixels.

    Args:
        pixels: uint8 (H, W), 0 for the background.
        first: the first frame that shows each pixel.
        n_frames: number of frames.
    """
    shown: NDArray[np.uint8] = pixels * (first <= np.arange(n_frames, dtype=np.uint8)[:, None, None])
    return shown
