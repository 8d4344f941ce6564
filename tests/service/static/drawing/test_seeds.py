"""The page's seeds and latents: the same latents as the service's, and how they are mixed."""

import re
from pathlib import Path

import numpy as np
import pytest

from digitgan.contract.latents import seeds_to_latents
from digitgan.contract.limits import MAX_SEED
from tests.service.static.modules import node

PAGE = (Path(__file__).parents[4] / "docs" / "seeds.md").read_text(encoding="utf-8")
ROWS = [
    [float(cell) for cell in row] for row in re.findall(r"^\| (\d+)" + r" \| (\S+)" * 5 + r" \|$", PAGE, re.MULTILINE)
]


def test_seeds_give_the_published_vectors() -> None:
    seeds = [int(row[0]) for row in ROWS]
    found = node("drawing/seeds.js", f"{seeds}.map((seed) => [0, 1, 4, 16, 19].map((i) => latentOf(seed, 20)[i]))")
    assert len(found) == 4
    assert found == [row[1:] for row in ROWS]


def test_seeds_give_the_services_latents_to_the_bit() -> None:
    seeds = [*range(1000), MAX_SEED, MAX_SEED - 1, 2**32, 2**52 + 1]
    found = node("drawing/seeds.js", f"{seeds}.map((seed) => Array.from(latentOf(seed, 74)))")
    assert np.array_equal(np.array(found), seeds_to_latents(seeds, 74).astype(np.float64))


def test_quantiles_are_the_services_over_nearly_all_inputs() -> None:
    wanted = seeds_to_latents([1], 300_000)[0]
    assert len(np.unique(wanted)) > 0.98 * 65536
    assert np.array_equal(node("drawing/seeds.js", "Array.from(latentOf(1, 300_000))"), wanted.astype(np.float64))


def test_first_seed_follows_the_last() -> None:
    found = node("drawing/seeds.js", "[following(1, 2), following(MAX_SEED, 1), following(MAX_SEED - 1, 3)]")
    assert found == [3, 0, 1]


def test_mix_equals_its_keys_and_keeps_the_length_of_styles() -> None:
    keys = seeds_to_latents([1, 2, 3, 4], 74).tolist()
    weights = [*np.eye(4).tolist(), [0.25] * 4]
    mixes = np.array(node("drawing/latents.js", f"{weights}.map((each) => mixed({keys}, each, 64))"))
    np.testing.assert_allclose(mixes[:4], keys, atol=1e-4)
    lengths = np.linalg.norm(np.array(keys)[:, :64], axis=1)
    assert np.linalg.norm(mixes[4, :64]) == pytest.approx(lengths.mean(), rel=1e-3)
    np.testing.assert_allclose(mixes[4, 64:], np.mean(keys, axis=0)[64:], atol=1e-4)
