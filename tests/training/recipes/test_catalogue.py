import inspect
import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from training.data import Dataset
from training.errors import RecipeRefused
from training.graphs import parity
from training.graphs.folding import folded
from training.graphs.graph import ServedGenerator, to_onnx
from training.recipes import catalogue
from training.recipes.catalogue import RECIPES, Catalogue, find
from training.recipes.recipe import TrainingRecipe
from training.state import State
from training.teacher import Teacher
from training.trainer import iterate

pytestmark = pytest.mark.long

EACH = pytest.mark.parametrize("recipe", RECIPES.values(), ids=RECIPES)
FOLDER = Path(catalogue.__file__).parent
# One recipe for each generator that can be exported; recipes that share a generator share its graph.
GENERATORS = {recipe.generator: name for name, recipe in RECIPES.items() if not recipe.stacks_digits}


def test_every_file_in_the_folder_is_a_recipe_named_like_it() -> None:
    files = {path.stem for path in FOLDER.glob("[a-z]*.py")} - {"catalogue", "recipe"}
    assert list(RECIPES) == sorted(file.replace("_", "-") for file in files)
    assert {find(name).name for name in RECIPES} == set(RECIPES)


@EACH
def test_recipe_states_what_it_is_and_how_it_differs(recipe: TrainingRecipe) -> None:
    summary, _, rest = inspect.cleandoc(RECIPES.module(recipe.name).__doc__ or "").partition("\n\n")
    assert summary.endswith(".")
    assert rest
    assert recipe.source


def test_new_file_is_a_recipe_without_any_other_change(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "more_recipes"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "my_gan.py").write_text(
        "from dataclasses import replace\n"
        "from training.recipes import mlp\n"
        "RECIPE = replace(mlp.RECIPE, name='my-gan')\n"
    )
    (package / "wrong.py").write_text("from training.recipes.mlp import RECIPE\n")
    (package / "empty.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    found = Catalogue("more_recipes", package)
    assert list(found) == ["empty", "my-gan", "wrong"]
    assert found["my-gan"].name == "my-gan"
    with pytest.raises(RecipeRefused, match="must hold the recipe 'wrong', but RECIPE is named 'mlp'"):
        found["wrong"]
    with pytest.raises(RecipeRefused, match="must hold the recipe 'empty', but there is no RECIPE"):
        found["empty"]


def test_unknown_recipe_is_refused_with_a_suggestion_and_all_names() -> None:
    with pytest.raises(RecipeRefused) as refusal:
        find("dcgam")
    names = ", ".join(RECIPES)
    assert str(refusal.value) == f"unknown recipe 'dcgam'; did you mean 'dcgan'? available recipes: {names}"
    with pytest.raises(RecipeRefused, match="unknown recipe 'solomon'; available recipes: "):
        find("solomon")


@EACH
def test_configuration_survives_json(recipe: TrainingRecipe) -> None:
    configuration = json.loads(json.dumps(recipe.configuration()))
    assert configuration["generator"]["style_size"] == recipe.generator.build().style_size
    assert configuration["adam"]["learning_rate"] == recipe.adam.learning_rate


@EACH
def test_recipe_trains_with_finite_figures(recipe: TrainingRecipe, sample: Dataset, teacher: Teacher) -> None:
    recipe = recipe if recipe.stacks_digits else recipe.for_images(10)
    state = State(replace(recipe, batch_size=8), sample, 1, teacher=teacher if recipe.distillation else None)
    for _ in range(2):
        figures = iterate(state, 0)
    assert {"discriminator_loss", "discriminator_accuracy", "generator_loss"} <= figures.keys()
    assert all(math.isfinite(value) for value in figures.values())
    assert 0 <= figures["discriminator_accuracy"] <= 1
    assert state.images == 2 * 8 * recipe.discriminator_phases


@pytest.mark.parametrize("name", GENERATORS.values())
def test_graph_folds_normalisation_and_matches_its_module(
    name: str, sample: Dataset, teacher: Teacher, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe = RECIPES[name].for_images(10, sample.size, RECIPES[name].n_channels)
    if recipe.n_channels == 3:
        sample = replace(sample, train_images=np.repeat(sample.train_images[..., None], 3, axis=3))
    monkeypatch.setattr(parity, "N_LATENTS", 20)
    state = State(replace(recipe, batch_size=8), sample, 1, teacher=teacher if recipe.distillation else None)
    iterate(state, 0)
    trained = state.served_generator()
    model = to_onnx(ServedGenerator(folded(trained)))
    assert "BatchNormalization" not in {node.op_type for node in model.graph.node}
    assert parity.check(model, trained).max_float_difference <= parity.MAX_FLOAT_DIFFERENCE
