"""Knows the PNG form of generated images: one digit or number as it is, several on a contact sheet.

Does not know HTTP.
"""

from digitgan.engine.engine import Generated
from digitgan.formats.format import Whole
from digitgan.picture.job import Asked
from digitgan.picture.provenance import of_page
from digitgan.png.encoder import encode


def render(asked: Asked, generated: Generated) -> bytes:
    """Return one PNG file: a single picture without a margin, or all of them row by row."""
    return encode(asked.picture.page(generated.images.pixels)[None], of_page(asked, generated))[0]


FORM = Whole(
    media_type="image/png",
    description="One digit, a contact sheet of several, or a strip of digits a number; 8-bit greyscale.",
    render=render,
)
