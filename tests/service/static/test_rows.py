"""Knows that the page reads a request as the service does: the same rows, and the same way between latents.

Does not know browsers, nor who runs the rows.
"""

import json
from typing import Any

import numpy as np
import pytest

from digitgan.contract.latents import seeds_to_latents
from digitgan.engine.interpolation import interpolate, nearest_keys
from tests.service.static.modules import node

CLASSES = {"latent_size": 74, "n_classes": 10}


def rows(path: str, body: dict[str, Any], model: dict[str, int] | None = None) -> dict[str, Any]:
    request = json.dumps({"path": path, "body": body})
    shown = "{...rows, latents: Array.from(rows.latents)}"
    found: dict[str, Any] = node("rows.js", f"((rows) => ({shown}))(rowsOf({request}, {json.dumps(model or CLASSES)}))")
    found["latents"] = np.array(found["latents"], np.float32).reshape(found["n"], -1)
    return found


def test_seeds_become_the_services_latents_with_a_label_each() -> None:
    found = rows("generate", {"seeds": [1, 2, 3], "labels": [3, 1, 4], "truncation": 0.5})
    assert np.array_equal(found["latents"], seeds_to_latents([1, 2, 3], 74))
    assert (found["labels"], found["seeds"], found["truncation"]) == ([3, 1, 4], [1, 2, 3], 0.5)


def test_a_single_label_is_spread_and_without_one_each_latent_keeps_its_class() -> None:
    latents = seeds_to_latents([5, 6], 74).tolist()
    assert rows("generate", {"latents": latents, "labels": 7})["labels"] == [7, 7]
    found = rows("generate", {"latents": latents})
    assert np.array_equal(found["latents"], np.array(latents, np.float32))
    assert (found["labels"], found["seeds"], found["truncation"]) == ([-1, -1], [], 1)


def test_a_model_without_classes_gets_no_labels() -> None:
    found = rows("generate", {"seeds": [1]}, {"latent_size": 100, "n_classes": 0})
    assert "labels" not in found
    assert found["latents"].shape == (1, 100)


@pytest.mark.parametrize("loop", [True, False])
@pytest.mark.parametrize("steps", [1, 3, 8])
def test_the_frames_between_seeds_are_the_services(steps: int, loop: bool) -> None:
    found = rows("interpolate", {"seeds": [1, 2, 3], "labels": [4, 5, 6], "steps": steps, "loop": loop})
    wanted = interpolate(seeds_to_latents([1, 2, 3], 74), 64, steps, loop=loop)
    np.testing.assert_allclose(found["latents"], wanted, atol=1e-6)
    assert found["labels"] == [[4, 5, 6][key] for key in nearest_keys(3, steps, loop=loop)]


def test_latents_that_point_one_way_or_nowhere_have_a_straight_way_between_them() -> None:
    one = seeds_to_latents([1], 74)[0].astype(np.float64)
    keys = [one.tolist(), (2 * one).tolist(), [0.0] * 74]
    found = rows("interpolate", {"latents": keys, "steps": 4, "loop": False})
    wanted = interpolate(np.array(keys, np.float32), 64, 4, loop=False)
    np.testing.assert_allclose(found["latents"], wanted, atol=1e-6)
