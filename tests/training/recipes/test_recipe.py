import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

from digitgan.contract.card import read_card
from training.errors import RecipeRefused
from training.recipes import cgan, digits, digits_small, mlp, stacked, wgan_gp
from training.recipes.catalogue import RECIPES
from training.recipes.recipe import PostTraining, TrainingRecipe
from training.schedules import Horizon

ROOT = Path(__file__).parents[3]


def test_configuration_without_a_newer_field_gets_its_default() -> None:
    now = json.loads(json.dumps(mlp.RECIPE.configuration()))
    earlier = json.loads(json.dumps(now))
    del earlier["discriminator_phases"], earlier["generator"]["n_classes"]
    assert mlp.RECIPE.with_defaults(earlier) == now


def test_written_values_are_left_unchanged() -> None:
    earlier = json.loads(json.dumps(wgan_gp.RECIPE.configuration()))
    assert wgan_gp.RECIPE.with_defaults(earlier) == earlier
    assert earlier["discriminator_phases"] == 5


def test_default_does_not_replace_a_different_value() -> None:
    earlier = json.loads(json.dumps(cgan.RECIPE.configuration()))
    del earlier["generator"]["n_classes"]  # the default is none, the recipe has ten
    assert cgan.RECIPE.with_defaults(earlier) != json.loads(json.dumps(asdict(cgan.RECIPE)))


@pytest.mark.parametrize("required", ["loss", "batch_size"])
def test_field_without_a_default_stays_missing(required: str) -> None:
    earlier = json.loads(json.dumps(mlp.RECIPE.configuration()))
    del earlier[required]
    assert required not in mlp.RECIPE.with_defaults(earlier)


@pytest.mark.parametrize("name", ["digits", "digits-small", "mlp"])
def test_exported_model_has_the_current_recipe(name: str) -> None:
    written = read_card(ROOT / "exported" / name / "1").recipe  # from before several fields, such as the size
    assert written is not None
    recipe = RECIPES[name]
    assert recipe.with_defaults(written.configuration) == json.loads(json.dumps(recipe.configuration()))


def test_images_per_iteration_count_every_discriminator_phase() -> None:
    assert wgan_gp.RECIPE.images_an_iteration == 5 * 64
    assert mlp.RECIPE.images_an_iteration == 32


@pytest.mark.parametrize(
    ("recipe", "changes", "message"),
    [
        (mlp.RECIPE, {"loss": "no-such"}, "unknown loss 'no-such'; available losses: bce, "),
        (mlp.RECIPE, {"loss": "relativistic"}, "compares pairs, which needs 'joint' updates, not 'separate'"),
        (digits_small.RECIPE, {"loss": "relativistic"}, "compares pairs, which needs 'joint' updates"),
        (wgan_gp.RECIPE, {"penalty": None}, "loss 'wasserstein' needs a penalty"),
        (wgan_gp.RECIPE, {"updates": "separate"}, "'separate' updates apply no penalty"),
        (digits_small.RECIPE, {"distillation": None}, "need each other"),
        (digits_small.RECIPE, {"updates": "joint"}, "need each other"),
        (stacked.RECIPE, {"post_training": PostTraining()}, "compares single images, not stacks"),
        (mlp.RECIPE, {"post_training": PostTraining(hinge=-0.1)}, "not allowed; pixels, features, hinge, margin: at"),
        (mlp.RECIPE, {"post_training": PostTraining(budget_share=1.0)}, "budget_share, feature_share: between 0 and 1"),
    ],
)
def test_contradictory_values_are_refused(recipe: TrainingRecipe, changes: dict[str, Any], message: str) -> None:
    with pytest.raises(RecipeRefused, match=f"recipe '{recipe.name}': .*{message}"):
        replace(recipe, **changes)


def test_post_training_does_not_decide_whether_a_recipe_has_changed() -> None:
    now = json.loads(json.dumps(digits.RECIPE.configuration()))
    for earlier in ({}, {"post_training": None}, {"post_training": {"iterations": 5}}):
        written = {name: value for name, value in now.items() if name != "post_training"} | earlier
        assert digits.RECIPE.with_defaults(written) == now


def test_budget_covers_training_and_post_training() -> None:
    horizon = digits.RECIPE.training_horizon(Horizon(5, 100.0))
    assert horizon.iterations == 5
    assert horizon.budget_s == pytest.approx(88.0)
    assert digits.RECIPE.training_horizon(Horizon(5, None)) == Horizon(5, None)
    assert mlp.RECIPE.training_horizon(Horizon(5, 100.0)) == Horizon(5, 100.0)


@pytest.mark.parametrize(("iteration", "steps"), [(0, (0, 0)), (1, (1, 1)), (5000, (700, 200)), (26_078, (1400, 400))])
def test_post_training_is_shorter_after_a_short_training(iteration: int, steps: tuple[int, int]) -> None:
    assert PostTraining().after(iteration) == steps
