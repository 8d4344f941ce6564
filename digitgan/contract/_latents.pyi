import numpy as np
from numpy.typing import NDArray

def draw(
    seeds: NDArray[np.uint64], quantiles: NDArray[np.float32], size: int, latents: NDArray[np.float32], /
) -> None: ...
