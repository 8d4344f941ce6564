"""PNG files whose pixels are stored."""

import io

import numpy as np
import pytest
from PIL import Image

from digitgan.png.stored import encode_stored, stored_size


@pytest.mark.parametrize(("n", "height", "width"), [(3, 28, 28), (1, 1, 1), (2, 256, 256), (2, 255, 256), (0, 28, 28)])
def test_files_have_one_length_and_show_their_pixels(n: int, height: int, width: int) -> None:
    images = np.random.default_rng(n).integers(0, 256, (n, height, width), np.uint8)
    files = encode_stored(images)
    assert files.shape == (n, stored_size(height, width))
    for file, image in zip(files, images, strict=True):
        with Image.open(io.BytesIO(file.tobytes())) as shown:
            assert (shown.format, shown.mode) == ("PNG", "L")
            assert np.array_equal(np.asarray(shown), image)
