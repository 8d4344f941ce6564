"""The generated numbers from which readers learn."""

import numpy as np

from bench.ink.numbers import written


def test_layouts_have_the_same_numbers_but_not_the_same_lines() -> None:
    lines, texts = written("natural", 120, seed=1)
    grid_lines, grid_texts = written("grid", 120, seed=1)
    assert texts == grid_texts
    assert {len(text) for text in texts} == set(range(1, 9))
    assert set("".join(texts)) == set("0123456789")
    assert len(lines) == len(grid_lines) == 120
    assert all(line.shape[0] == 32 and line.max() > 200 for line in lines)
    long = [index for index, text in enumerate(texts) if len(text) > 1]
    assert np.mean([lines[i].shape[1] < grid_lines[i].shape[1] for i in long]) > 0.9
