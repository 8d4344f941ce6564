"""Colours as requests name them, and in the one form that addresses, palettes and files use."""

import re

from digitgan.contract.words import unknown
from digitgan.png.palette import Palette

TRANSPARENT = "transparent"
WHITE, BLACK = "ffffff", "000000"  # MNIST's ink and its background

# Source: HTML 4.01, section 6.5.
NAMES = {
    "black": BLACK,
    "silver": "c0c0c0",
    "gray": "808080",
    "white": WHITE,
    "maroon": "800000",
    "red": "ff0000",
    "purple": "800080",
    "fuchsia": "ff00ff",
    "green": "008000",
    "lime": "00ff00",
    "olive": "808000",
    "yellow": "ffff00",
    "navy": "000080",
    "blue": "0000ff",
    "teal": "008080",
    "aqua": "00ffff",
}
_DIGITS = re.compile("#?([0-9a-f]{6}|[0-9a-f]{3})")


def parse_colour(text: str) -> str:
    """Return the six lower-case hexadecimal digits of a colour.

    Args:
        text: `#rgb` or `#rrggbb`, with or without `#`, or one of `NAMES`, in upper or lower case.

    Raises:
        ValueError: it is none of these.
    """
    return _parse(text, NAMES)


def parse_background(text: str) -> str:
    """Return the same as `parse_colour`, or "transparent" as it is."""
    return _parse(text, NAMES | {TRANSPARENT: TRANSPARENT})


def shading(ink: str, background: str) -> tuple[bool, Palette | None]:
    """Return whether to invert a picture, and the palette to show it with; None if greyscale has both colours.

    Args:
        ink: a colour as `parse_colour` returns it.
        background: a colour as `parse_background` returns it.
    """
    if {ink, background} == {WHITE, BLACK}:
        return ink == BLACK, None
    return False, Palette(ink, None if background == TRANSPARENT else background)


def _parse(text: str, names: dict[str, str]) -> str:
    folded = text.lower()
    if folded in names:
        return names[folded]
    if not (match := _DIGITS.fullmatch(folded)):
        raise ValueError(unknown("colour", text, [*names, "#rgb", "#rrggbb"]))
    digits = match[1]
    return digits if len(digits) == 6 else "".join(2 * digit for digit in digits)
