import base64
import io
from pathlib import Path

import numpy as np
from PIL import Image

from training.drawing.pictures import MOST_FRAMES, strip, time_lapse


def opened(uri: str) -> Image.Image:
    return Image.open(io.BytesIO(base64.b64decode(uri.removeprefix("data:image/png;base64,"))))


def test_strip_lays_images_out_row_by_row() -> None:
    images = np.zeros((3, 28, 28), np.uint8)
    images[2] = 255
    picture = np.asarray(opened(strip(images, 2, scale=1)))
    assert picture.shape == (64, 64)
    assert picture[34:62, 2:30].min() == 255
    assert picture[:32].max() == picture[:, 32:].max() == 0


def test_time_lapse_has_at_most_a_hundred_frames(tmp_path: Path) -> None:
    paths = [tmp_path / f"{n:03d}.png" for n in range(130)]
    for n, path in enumerate(paths):
        Image.fromarray(np.full((8, 8), n, np.uint8)).save(path)
    uri, n_frames = time_lapse(paths)
    assert n_frames == MOST_FRAMES
    with opened(uri) as picture:
        assert picture.size == (4, 4)
        assert picture.is_animated  # type: ignore[attr-defined] # of the PNG plugin
