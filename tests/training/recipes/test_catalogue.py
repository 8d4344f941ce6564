import json
import math
from dataclasses import replace

import pytest

from training.data import Dataset
from training.errors import TrainingError
from training.graphs import parity
from training.graphs.folding import folded
from training.graphs.graph import ServedGenerator, to_onnx
from training.recipes.catalogue import RECIPES, find
from training.recipes.recipe import TrainingRecipe
from training.state import State
from training.teacher import Teacher
from training.trainer import iterate

EACH = pytest.mark.parametrize("recipe", RECIPES.values(), ids=RECIPES)


def test_each_recipe_is_found_by_its_name() -> None:
    assert {name: find(name).name for name in RECIPES} == {name: name for name in RECIPES}


def test_unknown_recipe_is_refused_with_the_known_ones() -> None:
    with pytest.raises(
        TrainingError, match="no recipe 'dcgam'; there are digits, digits-small, mlp, mlp-torch, dcgan, cgan"
    ):
        find("dcgam")


@EACH
def test_configuration_survives_json(recipe: TrainingRecipe) -> None:
    configuration = json.loads(json.dumps(recipe.configuration()))
    assert configuration["generator"]["style_size"] == recipe.generator.build().style_size
    assert configuration["adam"]["learning_rate"] == recipe.adam.learning_rate


@EACH
def test_recipe_trains_with_finite_figures(recipe: TrainingRecipe, sample: Dataset, teacher: Teacher) -> None:
    state = State(replace(recipe, batch_size=8), sample, 1, teacher=teacher if recipe.distillation else None)
    for _ in range(2):
        figures = iterate(state, 0)
    assert {"discriminator_loss", "discriminator_accuracy", "generator_loss"} <= figures.keys()
    assert all(math.isfinite(value) for value in figures.values())
    assert 0 <= figures["discriminator_accuracy"] <= 1
    assert state.images == 2 * 8 * recipe.discriminator_phases


@pytest.mark.parametrize(
    "name", ["digits-small", "mlp-torch", "dcgan", "cgan", "acgan"]
)  # mlp and digits: see test_export
def test_graph_folds_all_normalisation_and_follows_the_module(
    name: str, sample: Dataset, teacher: Teacher, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe = RECIPES[name]
    monkeypatch.setattr(parity, "N_LATENTS", 20)
    state = State(replace(recipe, batch_size=8), sample, 1, teacher=teacher if recipe.distillation else None)
    iterate(state, 0)
    trained = state.served_generator()
    model = to_onnx(ServedGenerator(folded(trained)))
    assert "BatchNormalization" not in {node.op_type for node in model.graph.node}
    assert parity.check(model, trained).max_float_difference <= parity.MAX_FLOAT_DIFFERENCE


def test_the_other_recipes_have_a_generator_whose_export_is_tested() -> None:
    names = ("mlp", "digits", "digits-small", "mlp-torch", "dcgan", "cgan", "acgan", "smoke")
    tested = [RECIPES[name].generator for name in names]
    served = [recipe for recipe in RECIPES.values() if recipe.n_channels == 1]
    assert all(recipe.generator in tested for recipe in served)
