"""Knows the PNG form of generated images: one digit as it is, several as a contact sheet.

Does not know HTTP.
"""

from service.engine.engine import Generated
from service.engine.png import encode
from service.render.picture import Picture


def render(generated: Generated, picture: Picture) -> bytes:
    """Return one PNG file: a single image without margin, or a sheet of all images row by row."""
    pixels = generated.images.pixels
    if len(pixels) == 1:
        return encode(picture.each(pixels))[0]
    return encode(picture.sheet(pixels)[None])[0]
