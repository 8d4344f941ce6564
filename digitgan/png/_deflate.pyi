import numpy as np
from numpy.typing import NDArray

def compress(
    images: NDArray[np.uint8],
    n: int,
    height: int,
    width: int,
    codes: NDArray[np.uint32],
    bits: NDArray[np.uint8],
    n_tables: int,
    /,
) -> list[bytes]: ...
