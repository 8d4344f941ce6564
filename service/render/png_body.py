"""Knows the PNG form of generated images: one digit or number as it is, several on a contact sheet.

Does not know HTTP.
"""

from service.engine.engine import Generated
from service.engine.png import encode
from service.render.asked import Asked
from service.render.form import Whole
from service.render.provenance import of_page


def render(asked: Asked, generated: Generated) -> bytes:
    """Return one PNG file: a single picture without a margin, or all of them row by row."""
    return encode(asked.picture.page(generated.images.pixels)[None], of_page(asked, generated))[0]


FORM = Whole(
    media_type="image/png",
    description="One digit, a contact sheet of several, or a strip of digits a number; 8-bit greyscale.",
    render=render,
)
