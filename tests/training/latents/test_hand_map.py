import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from digitgan.contract.card import MODEL_FILE, read_card, read_map_file
from digitgan.contract.hand_map import MAP_FILE, HandMap
from tests.cards import a_card, deploy
from tests.commands import digitgan
from training.graphs.sessions import GeneratorSession
from training.latents.hand_map import arrange, neighbour_difference, pictures_of, principal


@pytest.mark.parametrize("side", [2, 7, 16])  # 49 is no multiple of the cells that are exchanged at a time
def test_arrangement_is_a_permutation_and_repeatable(side: int) -> None:
    features = np.random.default_rng(0).normal(size=(side * side, 5)).astype(np.float32)
    order = arrange(features, side)
    assert sorted(order) == list(range(side * side))
    assert np.array_equal(order, arrange(features, side))


def test_arrangement_finds_the_order_of_two_features() -> None:
    side = 12
    plane = np.stack(np.divmod(np.arange(side * side), side), axis=1).astype(np.float32)
    shuffled = plane[np.random.default_rng(0).permutation(len(plane))]
    arranged = shuffled[arrange(shuffled, side)]
    assert neighbour_difference(plane, side) == pytest.approx(0.5**0.5)  # one of two features differs by 1
    assert neighbour_difference(arranged, side) < 1.3 * neighbour_difference(plane, side)
    assert neighbour_difference(shuffled, side) > 5 * neighbour_difference(plane, side)


def test_principal_components_keep_the_largest_differences() -> None:
    random = np.random.default_rng(0)
    wide, narrow = random.normal(size=(2, 500, 1)).astype(np.float32) * [[[9]], [[1]]]
    kept = principal(np.concatenate([narrow, wide, narrow], axis=1).astype(np.float32), 1)
    assert abs(np.corrcoef(kept[:, 0], wide[:, 0])[0, 1]) > 0.999


def test_pictures_of_hands_have_a_part_for_each_class(models_dir: Path) -> None:
    for model, n_values in (("digits", 10 * 14 * 14), ("mlp", 14 * 14)):
        folder = models_dir / model / "1"
        generator = GeneratorSession((folder / MODEL_FILE).read_bytes())
        pictures = pictures_of(generator, read_card(folder), np.array([7, 3], np.uint64))
        again = pictures_of(generator, read_card(folder), np.array([3], np.uint64))
        assert pictures.shape == (2, n_values)
        assert np.array_equal(pictures[1], again[0])
        assert 0 <= pictures.min() < 1 < 200 < pictures.max() <= 255


def test_map_command_adds_a_map_that_is_better_than_chance(models_dir: Path, tmp_path: Path) -> None:
    folder = tmp_path / "1"
    shutil.copytree(models_dir / "digits-small" / "1", folder)
    result = digitgan("map", str(folder), "--side", "12")
    assert result.exit_code == 0, result.stderr
    assert result.stdout.splitlines()[-1] == str(folder / MAP_FILE)
    card = read_card(folder)
    assert card.map is not None
    assert card.map.neighbour_difference < 0.9 * card.map.random_difference
    hand_map = HandMap.model_validate_json(read_map_file(folder, card) or b"")
    assert (hand_map.columns, hand_map.rows, sorted(hand_map.seeds)) == (12, 12, list(range(144)))
    first = (folder / MAP_FILE).read_bytes()
    assert digitgan("map", str(folder), "--side", "12").exit_code == 0
    assert (folder / MAP_FILE).read_bytes() == first
    assert (folder / MODEL_FILE).read_bytes() == (models_dir / "digits-small" / "1" / MODEL_FILE).read_bytes()
    assert card.model_copy(update={"map": None}) == read_card(models_dir / "digits-small" / "1").model_copy(
        update={"map": None}
    )


def test_map_command_refuses_a_damaged_version(tmp_path: Path) -> None:
    folder = deploy(tmp_path, a_card(b"model"), b"mXdel")
    result = digitgan("map", str(folder))
    assert result.exit_code == 1
    assert "model.onnx: sha256" in result.stderr
    assert not (folder / MAP_FILE).exists()


@pytest.mark.parametrize("model", ["digits", "digits-small", "mlp"])
def test_committed_maps_have_neighbours_a_quarter_nearer_than_chance(models_dir: Path, model: str) -> None:
    folder = models_dir / model / "1"
    card = read_card(folder)
    assert card.map is not None
    assert card.map.neighbour_difference < 0.75 * card.map.random_difference
    content = json.loads(read_map_file(folder, card) or b"")
    assert sorted(content["seeds"]) == list(range(64 * 64))
