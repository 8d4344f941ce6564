"""The page's icons are there in the sizes that its manifest states, and the code can make them again."""

import io
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from reference.icons import FOLDER, SIZES, icons

MANIFEST = json.loads((FOLDER.parent / "manifest.webmanifest").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", SIZES)
def test_ink_is_in_the_middle_of_an_icon_of_its_size(name: str) -> None:
    side, share = SIZES[name]
    committed, made = (
        np.asarray(Image.open(each).convert("L"), np.int16) for each in (FOLDER / name, io.BytesIO(icons()[name]))
    )
    assert committed.shape == made.shape == (side, side)
    assert np.abs(committed - made).mean() < 2, "python -m reference.icons"
    rows, columns = (np.flatnonzero((committed < 128).any(axis=axis)) for axis in (1, 0))
    for places in (rows, columns):
        assert abs(places[0] - (side - 1 - places[-1])) <= 2
        assert (places[-1] - places[0]) / side < share + 0.1
    if name.startswith("maskable"):  # all ink is in the middle circle of 80 percent
        y, x = np.nonzero(committed < 250)
        assert np.hypot(y - side / 2, x - side / 2).max() < 0.4 * side


def test_manifest_names_icons_that_exist_in_the_stated_sizes() -> None:
    assert MANIFEST["start_url"] == MANIFEST["scope"] == "../../"
    stated = {each["src"]: each["sizes"] for each in MANIFEST["icons"]}
    assert {"192x192", "512x512", "any"} <= {*stated.values()}
    assert [each["purpose"] for each in MANIFEST["icons"] if "purpose" in each] == ["maskable"]
    for path, size in stated.items():
        file = FOLDER.parent / Path(path)
        if size == "any":
            assert "prefers-color-scheme:dark" in file.read_text(encoding="utf-8")
        else:
            assert "{}x{}".format(*Image.open(io.BytesIO(file.read_bytes())).size) == size
