"""The map of hands on the page: which hands there are at a place and at a magnification."""

import json

import numpy as np
import pytest

from digitgan.contract.hand import style_of, token_of
from digitgan.contract.latents import seeds_to_latents
from tests.service.static.modules import node

_DIGITS = {"latent_size": 74, "n_classes": 10}
_GRID = {"columns": 3, "rows": 2, "seeds": [5, 0, 3, 1, 2, 4]}
_MADE = f"new HandsMap({json.dumps(_DIGITS)}, {json.dumps(_GRID)}, true)"


def test_hands_at_cells_are_seeds_and_between_them_mixes() -> None:
    cell, edge, inside, place, token = node(
        "views/explore/map.js",
        "((map) => [map.handAt(2, 1), map.handAt(1.5, 0), map.handAt(0.25, 0.5), map.placeOf('1'), map.tokenOf('3')])"
        f"({_MADE})",
    )
    assert cell == {"hand": "4", "of": [4]}
    assert edge["of"] == [0, 3]
    assert inside["of"] == [5, 0, 1, 2]
    assert place == {"x": 0, "y": 1}
    styles = {seed: seeds_to_latents([seed], 64)[0] for seed in range(6)}
    assert token == token_of(styles[3])
    for hand, weights in ((edge, {0: 0.5, 3: 0.5}), (inside, {5: 0.375, 0: 0.125, 1: 0.375, 2: 0.125})):
        mix = np.sum([weight * styles[seed] for seed, weight in weights.items()], axis=0)
        length = sum(weight * np.linalg.norm(styles[seed]) for seed, weight in weights.items())
        found = style_of(hand["hand"])
        np.testing.assert_allclose(found, mix * length / np.linalg.norm(mix), atol=0.5 / 32 + 1e-4)


def test_levels_leave_out_seeds_far_away_and_add_mixes_near() -> None:
    cells = [1, 5, 9, 18, 111, 112, 224, 900, 1792, 9999]
    levels = node("views/explore/map.js", f"((map) => {cells}.map((cell) => map.levelAt(cell)))({_MADE})")
    assert levels == [-5, -2, -1, 0, 0, 1, 2, 4, 4, 4]


@pytest.mark.parametrize("cell", [50, 500])
def test_model_without_classes_has_no_hands_between_seeds(cell: int) -> None:
    model = {"latent_size": 64, "n_classes": 0}
    made = f"new HandsMap({json.dumps(model)}, {json.dumps(_GRID)}, false)"
    assert node("views/explore/map.js", f"[{made}.levelAt({cell}), {made}.hasMixes]") == [0, False]
