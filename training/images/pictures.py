"""Reads picture files as pixels of one size, grey or RGB: any depth, and what is transparent as background.

Sizes are compared before anything is decoded, so a file that states a huge picture costs nothing, and the memory of all
images together is bounded before it is spent.
"""

import io
import warnings
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from digitgan.contract.limits import MAX_IMAGE_SIDE, MAX_PICTURE_BYTES, MAX_PICTURE_PIXELS, MIN_IMAGE_SIDE

from ..choices import Colour
from ..errors import DataRefused
from .idx import MOST_BYTES
from .trees import StoredFile

SUFFIXES = frozenset((".png", ".jpg", ".jpeg", ".webp", ".bmp", ".pgm", ".ppm", ".tif", ".tiff"))
KINDS = "PNG, JPEG, WebP, BMP, PGM, PPM or TIFF"

_FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "PPM", "TIFF")
_MODES = ("1", "L", "LA", "P", "PA", "RGB", "RGBA", "CMYK", "YCbCr")  # eight bits per channel
_DEEP_MODES = ("I;16", "I;16L", "I;16B", "I;16N")  # sixteen bits of grey


@dataclass(frozen=True)
class Look:
    """What a person wants the images of a data set to be.

    Args:
        size: height and width, to which all are resized; None for their own size, which must be the same for all.
        colour: ``grey`` or ``rgb``; None for grey.
    """

    size: tuple[int, int] | None = None
    colour: Colour | None = None

    @property
    def is_rgb(self) -> bool:
        """Whether images have three channels, in their last dimension."""
        return self.colour == "rgb"


def is_picture(name: str) -> bool:
    """Return whether a file's name ends as those of pictures do that can be read."""
    return "." in name and f".{name.rpartition('.')[2].lower()}" in SUFFIXES


class PictureReader:
    """Reads the images of one data set, all with one size and the same channels, within the bound on memory.

    Args:
        look: what they should be.
        ground: ``black`` or ``white``, on which transparent pixels lie.
    """

    def __init__(self, look: Look | None = None, ground: str = "black") -> None:
        self.look = look or Look()
        self.ground = ground
        self._size = self.look.size
        self._n_bytes = 0
        self._own_sizes: set[tuple[int, int]] = set()
        self._has_lost_colour = False

    @property
    def facts(self) -> tuple[str, ...]:
        """What was changed in the images, for people."""
        facts = []
        if others := sorted(self._own_sizes - {self._size}):
            more = f" and {len(others) - 1:,} other sizes" if len(others) > 1 else ""
            facts.append(f"resized from {_spell(others[0])}{more}")
        if self._has_lost_colour:
            facts.append("colour became grey (--colour rgb keeps it)")
        return tuple(facts)

    def read(self, file: StoredFile) -> NDArray[np.uint8]:
        """Return a picture as uint8 (H, W), or (H, W, 3) in RGB, upright as Exif's orientation has it.

        Of sixteen bits the upper eight are taken. The content decides which kind of picture it is, whatever the suffix.

        Raises:
            DataRefused: it is no picture that can be read, is damaged, has another size or several pictures, or there
                are more pixels than fit.
        """
        return self.decode(file.read(MAX_PICTURE_BYTES), file.place)

    def decode(self, content: bytes, place: str) -> NDArray[np.uint8]:
        """Return the picture in a file's content; see `read`.

        Args:
            content: of the file.
            place: the file, for messages.
        """
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of Pillow: about sizes, which are checked here, and damaged metadata
                with Image.open(io.BytesIO(content), formats=_FORMATS) as picture:
                    self._check(picture, place)
                    picture.load()
                    upright = ImageOps.exif_transpose(picture)
                    self._count((upright.height, upright.width), 1, place)
                    return self._finished(upright)
        except Image.DecompressionBombError:
            raise DataRefused(
                f"{place}: states more pixels than any picture has; at most {MAX_PICTURE_PIXELS:,} are read"
            ) from None
        except (DataRefused, MemoryError):
            raise
        except Exception as error:  # a decoder of a damaged file may raise anything, assertions among them
            raise DataRefused(
                f"{place}: cannot be read: it is damaged, ends early, or is no {KINDS} picture"
            ) from error

    def take(self, images: NDArray[np.uint8], place: str) -> NDArray[np.uint8]:
        """Return an array of images, uint8 (N, H, W) or (N, H, W, 3), as they should be; see `read`."""
        height, width = images.shape[1:3]
        is_rgb = images.ndim == 4
        self._count((height, width), len(images), place)
        if (height, width) == self._size and is_rgb == self.look.is_rgb:
            return images
        return np.stack([self._finished(Image.fromarray(image)) for image in images])

    def check_shape(self, shape: tuple[int, ...], place: str) -> None:
        """Raise DataRefused unless an array of this shape contains images that are allowed."""
        if len(shape) not in (3, 4) or shape[3:] not in ((), (3,)):
            raise DataRefused(f"{place}: {' x '.join(map(str, shape))}; allowed are N x H x W, or N x H x W x 3 in RGB")
        self._check_bounds((shape[1], shape[2]), place)

    def _check(self, picture: Image.Image, place: str) -> None:
        self._check_bounds((picture.height, picture.width), place)  # the same if it is turned by a quarter
        if (n_frames := getattr(picture, "n_frames", 1)) != 1:
            raise DataRefused(f"{place}: contains {n_frames:,} pictures; allowed is one in a file")
        is_deep = picture.mode in _DEEP_MODES or (picture.mode == "I" and picture.format in ("PNG", "PPM"))
        if picture.mode not in _MODES and not is_deep:
            raise DataRefused(
                f"{place}: {picture.mode} pixels; allowed are 8 or 16 bits per channel, grey or in colour"
            )

    def _check_bounds(self, own: tuple[int, int], place: str) -> None:
        height, width = own
        if height * width > MAX_PICTURE_PIXELS:
            raise DataRefused(f"{place}: {_spell(own)} pixels; at most {MAX_PICTURE_PIXELS:,} are read")
        if not self.look.size and not all(MIN_IMAGE_SIDE <= side <= MAX_IMAGE_SIDE for side in own):
            raise DataRefused(
                f"{place}: {_spell(own)} pixels; allowed are sides of {MIN_IMAGE_SIDE} to {MAX_IMAGE_SIDE}, and "
                "--size 32 resizes all images to 32 x 32"
            )

    def _count(self, own: tuple[int, int], n: int, place: str) -> None:
        """Note images of a size, height and width, before they are kept."""
        if self._size is not None and not self.look.size and own != self._size:
            before = f"{self._size[0]}x{self._size[1]}"
            raise DataRefused(
                f"{place}: {_spell(own)} pixels, but the images before it have {_spell(self._size)} (height x width); "
                f"--size {before} resizes all images"
            )
        self._size = self._size or own
        self._own_sizes.add(own)
        each = self._size[0] * self._size[1] * (3 if self.look.is_rgb else 1)
        self._n_bytes += n * each
        if self._n_bytes > MOST_BYTES:
            raise DataRefused(
                f"{place}: with it, the images have more than {MOST_BYTES:,} bytes of pixels, the most that are "
                f"allowed; that is {MOST_BYTES // each:,} images of {self._size[0]} x {self._size[1]}. Take fewer "
                "images, or smaller ones with --size"
            )

    def _finished(self, picture: Image.Image) -> NDArray[np.uint8]:
        levels = _levels(picture, self.ground)
        if levels.ndim == 3 and not self.look.is_rgb:
            if not self._has_lost_colour:
                self._has_lost_colour = bool((levels != levels[..., :1]).any())
            levels = np.asarray(Image.fromarray(levels).convert("L"))
        elif levels.ndim == 2 and self.look.is_rgb:
            levels = np.repeat(levels[..., None], 3, axis=2)
        height, width = self._size or levels.shape[:2]
        if levels.shape[:2] != (height, width):  # resampled as in Parmar et al., "On aliased resizing" (2022)
            levels = np.asarray(Image.fromarray(levels).resize((width, height), Image.Resampling.BICUBIC))
        return np.ascontiguousarray(levels)


def _spell(size: tuple[int, int]) -> str:
    return f"{size[0]:,} x {size[1]:,}"


def _levels(picture: Image.Image, ground: str) -> NDArray[np.uint8]:
    """Return a picture as uint8 (H, W) if it is grey, otherwise (H, W, 3)."""
    if picture.mode.startswith("I"):
        levels = np.asarray(picture).astype(np.uint16)
        clear = picture.info.get("transparency")  # the level that is transparent
        grey = (levels >> 8).astype(np.uint8)
        return grey if clear is None else np.where(levels == clear, np.uint8(ground == "white") * 255, grey)
    if picture.mode in ("CMYK", "YCbCr"):
        picture = picture.convert("RGB")
    is_grey = picture.mode in ("1", "L", "LA")
    if picture.has_transparency_data:
        below = Image.new("RGBA", picture.size, ground)
        picture = Image.alpha_composite(below, picture.convert("RGBA"))
    return np.asarray(picture.convert("L" if is_grey else "RGB"))
