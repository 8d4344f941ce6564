from pathlib import Path

import numpy as np
import torch
from PIL import Image

from training.drawing import sheets
from training.recipes import digits, mlp


def test_conditional_sheet_has_seeds_in_rows_and_classes_in_columns() -> None:
    seeds, label = sheets.grid(10, 10)
    assert seeds[:11] == [0] * 10 + [1]
    assert label[:11].tolist() == [*range(10), 0]


def test_unconditional_sheet_counts_seeds() -> None:
    assert sheets.grid(5, 0)[0] == list(range(25))


def test_drawing_twice_gives_the_same_pictures() -> None:
    for recipe in (mlp.RECIPE, digits.RECIPE):
        generator = recipe.generator.build().eval()
        np.testing.assert_array_equal(sheets.draw(generator, 3), sheets.draw(generator, 3))


def test_range_of_tanh_becomes_rounded_grey_levels() -> None:
    levels = sheets.to_grey_levels(torch.tensor([[[-1.0, 0.0, 1.0, -0.998, 1.0000001]]]))
    assert levels.tolist() == [[[0, 128, 255, 0, 255]]]  # 127.5 rounds to the even neighbour


def test_sheet_places_pictures_row_by_row(tmp_path: Path) -> None:
    images = np.arange(6, dtype=np.uint8)[:, None, None].repeat(28, 1).repeat(28, 2)
    sheets.write_sheet(images, 3, tmp_path / "a" / "sheet.png")
    with Image.open(tmp_path / "a" / "sheet.png") as picture:
        pixels = np.asarray(picture)
    assert pixels.shape == (128, 192)
    assert pixels[32::64, 32::64].tolist() == [[0, 1, 2], [3, 4, 5]]
    assert not pixels[:4].any()
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["sheet.png"]
