"""Palettes, which give greyscale pictures two colours without a change of their pixels."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_STEPS = 255  # from the background to the ink


@dataclass(frozen=True, slots=True)
class Palette:
    """The colours of the greys of a picture, from the background (0) to the ink (255).

    Attributes:
        ink: six hexadecimal digits, RRGGBB.
        background: the same; None if the background is transparent.
    """

    ink: str
    background: str | None

    @property
    def rgb(self) -> NDArray[np.uint8]:
        """The colour of each grey: uint8 (256, 3), sRGB.

        The values are mixed linearly, as they are, and rounded. If the background is transparent, all have the colour
        of the ink.
        """
        ink = np.frombuffer(bytes.fromhex(self.ink), np.uint8).astype(np.int64)
        ground = ink if self.background is None else np.frombuffer(bytes.fromhex(self.background), np.uint8)
        share = np.arange(_STEPS + 1)[:, None]
        return ((ink * share + ground * (_STEPS - share) + _STEPS // 2) // _STEPS).astype(np.uint8)

    @property
    def alpha(self) -> NDArray[np.uint8]:
        """How opaque each grey is: uint8 (256,), equal to the grey itself if the background is transparent."""
        return np.arange(_STEPS + 1, dtype=np.uint8) if self.background is None else np.full(_STEPS + 1, 255, np.uint8)
