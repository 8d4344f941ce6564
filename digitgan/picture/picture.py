"""How generated pixels are shown: scale, colours, sheets of images, strips of digits and the timing of frames."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from digitgan.contract.errors import InvalidPlan
from digitgan.contract.limits import MAX_PIXELS, MAX_STREAMED_PIXELS
from digitgan.picture.sheet import sheet, stack, strip


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """How images are shown.

    Attributes:
        scale: side of the square that each pixel becomes.
        columns: pictures in a row of a sheet; None for a sheet as square as possible.
        padding: pixels between and around the pictures of a sheet, before scaling.
        invert: whether to draw black ink on white instead of white on black.
        numbers: digits of each number, if the images are the digits of numbers in order; otherwise empty.
        gap: pixels between the digits of a number, before scaling.
        frame_ms: milliseconds that each frame of an animation is shown.
        loop: whether an animation starts again after its last frame.
        metadata: whether files are marked as generated, and PNGs carry their provenance.
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

    @property
    def size_field(self) -> str:
        """The field to change if the picture is too large: the scale, unless only the columns were chosen."""
        return "columns" if self.scale == 1 and self.columns is not None else "scale"

    def n_pixels(self, n: int, height: int, width: int) -> int:
        """Return the pixels of the picture of n images, with all margins."""
        page_height, page_width = self._page_shape(n, height, width)
        return page_height * page_width * self.scale**2

    def check(self, n: int, height: int, width: int) -> None:
        """Raise InvalidPlan if n images that are held in memory together have more than `MAX_PIXELS` pixels."""
        self._check_pixels(MAX_PIXELS, n, self.n_pixels(n, height, width))

    def check_stream(self, n: int, height: int, width: int) -> None:
        """Raise InvalidPlan if n images that are streamed have more than `MAX_STREAMED_PIXELS` pixels together."""
        self._check_pixels(MAX_STREAMED_PIXELS, n, n * height * width * self.scale**2)

    def check_sides(self, n: int, height: int, width: int, max_side: int) -> None:
        """Raise InvalidPlan if a side of the picture of n images is longer than max_side, its file format's limit."""
        longest = max(self._page_shape(n, height, width)) * self.scale
        if longest > max_side:
            raise InvalidPlan(
                self.size_field, f"the picture would be {longest:,} pixels long; this format holds at most {max_side:,}"
            )

    def _page_shape(self, n: int, height: int, width: int) -> tuple[int, int]:
        """Return height and width of the picture of n images, with all margins, before scaling."""
        if self.numbers:
            longest = max(map(len, self.numbers))
            rows, columns = len(self.numbers), 1
            cell_width = longest * (width + self.gap) - self.gap + self.padding
        else:
            columns = self._columns(n)
            rows = -(-n // columns)
            cell_width = width + self.padding
        return rows * (height + self.padding) + self.padding, columns * cell_width + self.padding

    def _check_pixels(self, limit: int, n: int, pixels: int) -> None:
        if pixels > limit:
            raise InvalidPlan(
                self.size_field, f"{n:,} images at scale {self.scale} have {pixels:,} pixels; the limit is {limit:,}"
            )

    def each(self, pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Return separate images, scaled and in their colours: (N, H, W) -> uint8 (N, H * scale, W * scale)."""
        if self.scale > 1:
            pixels = pixels.repeat(self.scale, axis=1).repeat(self.scale, axis=2)
        return 255 - pixels if self.invert else pixels

    def strip(self, pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Return the digits of one number side by side: uint8 (H * scale, (N * (W + gap) - gap) * scale)."""
        return self._one(strip(pixels, self.gap))

    def page(self, pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Return all images as one picture: a single image without a margin, a sheet, or rows of one number each."""
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
        """Return one picture (H, W), scaled and in its colours."""
        shown: NDArray[np.uint8] = self.each(picture[None])[0]
        return shown
