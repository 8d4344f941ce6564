"""Reads picture files of 28 x 28 pixels as grey levels: any depth and colour, and what is transparent as background.

Sizes are compared before anything is decoded, so a file that states a huge picture costs nothing.
"""

import io
import warnings

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from digitgan.contract.limits import MAX_PICTURE_BYTES

from ..errors import DataRefused
from .trees import StoredFile

SIDE = 28
SUFFIXES = frozenset((".png", ".jpg", ".jpeg", ".webp", ".bmp", ".pgm", ".ppm", ".tif", ".tiff"))
KINDS = "PNG, JPEG, WebP, BMP, PGM, PPM or TIFF"

_FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "PPM", "TIFF")
_MODES = ("1", "L", "LA", "P", "PA", "RGB", "RGBA", "CMYK", "YCbCr")  # eight bits per channel
_DEEP_MODES = ("I;16", "I;16L", "I;16B", "I;16N")  # sixteen bits of grey
_RESIZE = f"ImageMagick resizes files in their place: mogrify -resize '{SIDE}x{SIDE}!' FILES"


def is_picture(name: str) -> bool:
    """Return whether a file's name ends as those of pictures do that can be read."""
    return "." in name and f".{name.rpartition('.')[2].lower()}" in SUFFIXES


def read_picture(file: StoredFile, *, ground: str = "black") -> NDArray[np.uint8]:
    """Return a picture as grey levels, uint8 (28, 28), upright as Exif's orientation has it.

    Of sixteen bits the upper eight are taken. The content decides which kind of picture it is, whatever the suffix.

    Args:
        file: the picture's file.
        ground: ``black`` or ``white``, on which transparent pixels lie.

    Raises:
        DataRefused: it is no picture that can be read, is damaged, has another size or several pictures.
    """
    return grey_levels(file.read(MAX_PICTURE_BYTES), file.place, ground=ground)


def grey_levels(content: bytes, place: str, *, ground: str = "black") -> NDArray[np.uint8]:
    """Return the picture in a file's content; see `read_picture`.

    Args:
        content: of the file.
        place: the file, for messages.
        ground: ``black`` or ``white``.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of Pillow: about sizes, which are checked here, and damaged metadata
            with Image.open(io.BytesIO(content), formats=_FORMATS) as picture:
                _check(picture, place)
                picture.load()
                return np.ascontiguousarray(_grey(ImageOps.exif_transpose(picture), ground))
    except Image.DecompressionBombError:
        raise DataRefused(
            f"{place}: states more pixels than any picture has; allowed are {SIDE} x {SIDE}. {_RESIZE}"
        ) from None
    except (DataRefused, MemoryError):
        raise
    except Exception as error:  # a decoder of a damaged file may raise anything, assertions among them
        raise DataRefused(f"{place}: cannot be read: it is damaged, ends early, or is no {KINDS} picture") from error


def _check(picture: Image.Image, place: str) -> None:
    if picture.size != (SIDE, SIDE):
        raise DataRefused(
            f"{place}: {picture.width:,} x {picture.height:,} pixels; allowed are {SIDE} x {SIDE}. {_RESIZE}"
        )
    if (n_frames := getattr(picture, "n_frames", 1)) != 1:
        raise DataRefused(f"{place}: contains {n_frames:,} pictures; allowed is one in a file")
    is_deep = picture.mode in _DEEP_MODES or (picture.mode == "I" and picture.format in ("PNG", "PPM"))
    if picture.mode not in _MODES and not is_deep:
        raise DataRefused(f"{place}: {picture.mode} pixels; allowed are 8 or 16 bits per channel, grey or in colour")


def _grey(picture: Image.Image, ground: str) -> NDArray[np.uint8]:
    if picture.mode.startswith("I"):
        levels = np.asarray(picture).astype(np.uint16)
        clear = picture.info.get("transparency")  # the level that is transparent
        grey = (levels >> 8).astype(np.uint8)
        return grey if clear is None else np.where(levels == clear, np.uint8(ground == "white") * 255, grey)
    if picture.mode in ("CMYK", "YCbCr"):
        picture = picture.convert("RGB")
    if not picture.has_transparency_data:
        return np.asarray(picture.convert("L"))
    below = Image.new("RGBA", picture.size, ground)
    return np.asarray(Image.alpha_composite(below, picture.convert("RGBA")).convert("L"))
