"""How grey pictures look in a terminal: two pixels a character, as half blocks in greys or as plain letters.

Source: ECMA-48, section 8.3.117 (SGR); ITU-T T.416, section 13.1.8, for direct colours; xterm's palette for the 256.
"""

import os
import shutil
import sys
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

_HALF, _RESET = "\N{UPPER HALF BLOCK}", "\x1b[0m"
_INK = " .:-=+*#%@"  # from no ink to full
# xterm's grey ramp is 8, 18, ... 238; black and white are not in it.
_GREYS, _FIRST_GREY, _BLACK, _WHITE = 24, 232, 16, 231


class Colours(StrEnum):
    """The colours that a terminal supports."""

    NONE = "none"
    PALETTE = "256"
    DIRECT = "24-bit"


def draw_for_stdout(picture: NDArray[np.uint8]) -> str:
    """Return the lines that show a picture on standard output: uint8 (H, W), 0 black to 255 white."""
    return draw(picture, colours(), shutil.get_terminal_size((80, 24)).columns)


def colours() -> Colours:
    """Return the colours that the terminal on standard output supports; `NONE` if it is not a terminal."""
    if not sys.stdout.isatty() or os.environ.get("NO_COLOR") or os.environ.get("TERM", "dumb") == "dumb":
        return Colours.NONE
    if (sys.stdout.encoding or "").lower().replace("-", "") != "utf8":
        return Colours.NONE
    return Colours.DIRECT if os.environ.get("COLORTERM") in ("truecolor", "24bit") else Colours.PALETTE


def draw(picture: NDArray[np.uint8], colours: Colours, width: int) -> str:
    """Return lines of text that show a picture; each ends with a line feed.

    Args:
        picture: uint8 (H, W), 0 black to 255 white.
        colours: the colours that the terminal supports.
        width: columns of the terminal; a wider picture is shrunk by a whole factor, so that each pixel is a mean.
    """
    small = _shrunk(picture, -(-picture.shape[1] // max(width, 1)))
    small = np.pad(small, ((0, small.shape[0] % 2), (0, 0)))
    upper, lower = small[::2], small[1::2]
    if colours is Colours.NONE:
        ink = (upper.astype(int) + lower) * len(_INK) // (2 * 256)
        return "".join("".join(_INK[level] for level in row).rstrip() + "\n" for row in ink)
    return "".join(_line(above, below, colours) for above, below in zip(upper.tolist(), lower.tolist(), strict=True))


def _shrunk(picture: NDArray[np.uint8], factor: int) -> NDArray[np.uint8]:
    """Return the means of squares of a picture, which is padded with black to whole squares."""
    height, width = picture.shape
    padded = np.pad(picture, ((0, -height % factor), (0, -width % factor)))
    squares = padded.reshape(padded.shape[0] // factor, factor, -1, factor)
    means: NDArray[np.uint8] = squares.mean(axis=(1, 3)).round().astype(np.uint8)
    return means


def _line(upper: list[int], lower: list[int], colours: Colours) -> str:
    """Return one line; colours are written only where they change, which takes a tenth of the bytes."""
    parts, before = [], None
    for pair in zip(upper, lower, strict=True):
        if pair != before:
            above, below = (_colour(grey, colours) for grey in pair)
            parts.append(f"\x1b[38;{above};48;{below}m")
            before = pair
        parts.append(_HALF)
    return "".join([*parts, _RESET, "\n"])


def _colour(grey: int, colours: Colours) -> str:
    if colours is Colours.DIRECT:
        return f"2;{grey};{grey};{grey}"
    step = round((grey - 8) / 10)
    return f"5;{_BLACK if step < 0 else _WHITE if step >= _GREYS else _FIRST_GREY + step}"
