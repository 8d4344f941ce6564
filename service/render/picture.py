"""Knows how generated pixels are shown: scale, colours, and the layout of a sheet.

Does not know file formats.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from service.engine.errors import InvalidPlan
from service.engine.sheet import sheet

MAX_PIXELS = 2**24  # of one answer; 16 MiB of greys, so that a small request cannot ask for gigabytes


@dataclass(frozen=True, slots=True)
class Picture:
    """How images are shown.

    Attributes:
        scale: side of the square that each pixel becomes.
        columns: pictures in a row of a sheet; None for as square a sheet as can be.
        padding: pixels between and around the pictures of a sheet, before scaling.
        invert: black ink on white, instead of white on black.
    """

    scale: int = 1
    columns: int | None = None
    padding: int = 0
    invert: bool = False

    def check(self, n: int, height: int, width: int) -> None:
        """Do nothing if n images of this size can be shown so.

        Raises:
            InvalidPlan: the answer would have more than `MAX_PIXELS` pixels.
        """
        columns = self._columns(n)
        rows = -(-n // columns)
        cell_height, cell_width = height + self.padding, width + self.padding
        pixels = (rows * cell_height + self.padding) * (columns * cell_width + self.padding) * self.scale**2
        if pixels > MAX_PIXELS:
            raise InvalidPlan(
                "scale", f"{n} images at scale {self.scale} make {pixels} pixels; at most {MAX_PIXELS} an answer"
            )

    def each(self, pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Return the images as shown one by one: uint8 (N, H * scale, W * scale)."""
        return self._ink(pixels.repeat(self.scale, axis=1).repeat(self.scale, axis=2) if self.scale > 1 else pixels)

    def sheet(self, pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Return all images on one sheet: uint8 (height, width)."""
        return self._ink(sheet(pixels, self._columns(len(pixels)), self.padding, self.scale))

    def _columns(self, n: int) -> int:
        return self.columns or math.ceil(math.sqrt(n))

    def _ink(self, pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
        return 255 - pixels if self.invert else pixels
