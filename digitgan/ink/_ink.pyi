import numpy as np
from numpy.typing import NDArray

def trace(images: NDArray[np.uint8], n: int, height: int, width: int, /) -> tuple[bytes, bytes, bytes]: ...
def draw(
    points: NDArray[np.int32],
    curve_starts: NDArray[np.int32],
    glyph_starts: NDArray[np.int32],
    pictures: NDArray[np.int32],
    scale: int,
    units: int,
    height: int,
    width: int,
    pixels: NDArray[np.uint8],
    boxes: NDArray[np.int32],
    /,
) -> None: ...
def paths(
    points: NDArray[np.int32], curve_starts: NDArray[np.int32], glyph_starts: NDArray[np.int32], /
) -> list[bytes]: ...
