"""Knows how generated pixels are shown: scale, colours, sheets of images, strips of digits, and how frames follow.

Does not know file formats.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from digitgan.contract.errors import InvalidPlan
from digitgan.picture.sheet import sheet, stack, strip

MAX_PIXELS = 2**24  # held at a time; 16 MiB of greys, so that a small request cannot ask for gigabytes
MAX_STREAMED_PIXELS = 2**31  # of one streamed answer; keeps every offset in a zip file below 4 GiB


@dataclass(frozen=True, slots=True)
class Picture:
    """How images are shown.

    Attributes:
        scale: side of the square that each pixel becomes.
        columns: pictures in a row of a sheet; None for as square a sheet as can be.
        padding: pixels between and around the pictures of a sheet, before scaling.
        invert: black ink on white, instead of white on black.
        numbers: digits of each number; the images are theirs, one after the other. Empty for images of their own.
        gap: pixels between the digits of a number, before scaling.
        frame_ms: how long each image is shown where they follow each other.
        loop: whether they begin again after the last.
        metadata: whether PNGs say where they come from.
    """

    scale: int = 1
    columns: int | None = None
    padding: int = 0
    invert: bool = False
    numbers: tuple[str, ...] = ()
    gap: int = 0
    frame_ms: int = 100
    loop: bool = False
    metadata: bool = False

    def check(self, n: int, height: int, width: int) -> None:
        """Do nothing if n images of this size can be shown so at a time.

        Raises:
            InvalidPlan: they would have more than `MAX_PIXELS` pixels.
        """
        if self.numbers:
            longest = max(map(len, self.numbers))
            rows, columns = len(self.numbers), 1
            cell_width = longest * (width + self.gap) - self.gap + self.padding
        else:
            columns = self._columns(n)
            rows = -(-n // columns)
            cell_width = width + self.padding
        pixels = (rows * (height + self.padding) + self.padding) * (columns * cell_width + self.padding)
        self._refuse_beyond(MAX_PIXELS, n, pixels)

    def check_stream(self, n: int, height: int, width: int) -> None:
        """Do nothing if n images of this size can be shown one after the other.

        Raises:
            InvalidPlan: they would have more than `MAX_STREAMED_PIXELS` pixels together.
        """
        self._refuse_beyond(MAX_STREAMED_PIXELS, n, n * height * width)

    def _refuse_beyond(self, most: int, n: int, pixels: int) -> None:
        pixels *= self.scale**2
        if pixels > most:
            raise InvalidPlan("scale", f"{n} images at scale {self.scale} make {pixels} pixels; at most {most} go")

    def each(self, pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Return images (N, H, W) one by one, enlarged and in the colours asked for: uint8 (N, H * s, W * s)."""
        if self.scale > 1:
            pixels = pixels.repeat(self.scale, axis=1).repeat(self.scale, axis=2)
        return 255 - pixels if self.invert else pixels

    def strip(self, pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Return the digits of one number side by side: uint8 (H * scale, (N * (W + gap) - gap) * scale)."""
        return self._one(strip(pixels, self.gap))

    def page(self, pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Return all images as one picture: the only one without a margin, a sheet, or a strip a row for numbers."""
        if self.numbers:
            ends = np.cumsum([len(digits) for digits in self.numbers])[:-1]
            strips = [strip(digits, self.gap) for digits in np.split(pixels, ends)]
            return self._one(stack(strips, self.padding) if len(strips) > 1 else strips[0])
        if len(pixels) == 1:
            return self._one(pixels[0])
        return self._one(sheet(pixels, self._columns(len(pixels)), self.padding))

    def _columns(self, n: int) -> int:
        return self.columns or math.ceil(math.sqrt(n))

    def _one(self, picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Return one picture (H, W) enlarged and in the colours asked for."""
        shown: NDArray[np.uint8] = self.each(picture[None])[0]
        return shown
