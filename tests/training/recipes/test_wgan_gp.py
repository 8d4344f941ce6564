import pytest
from torch import nn

from training.data import Dataset
from training.recipes.catalogue import RECIPES
from training.recipes.recipe import SlopePenalty, TrainingRecipe
from training.recipes.wgan_gp import RECIPE
from training.state import State
from training.trainer import iterate


def test_wgan_gp_has_the_settings_of_the_paper() -> None:
    assert RECIPE.penalty == SlopePenalty(weight=10.0)
    assert RECIPE.discriminator_phases == 5
    assert (RECIPE.adam.learning_rate, RECIPE.adam.beta1, RECIPE.adam.beta2) == (1e-4, 0.0, 0.9)


def test_critic_takes_five_steps_per_generator_step(sample: Dataset) -> None:
    state, watch = State(RECIPE, sample, 1), State(RECIPE, sample, 1)
    iterate(state, 0)
    assert state.discriminator_optimizer.state[next(state.discriminator.parameters())]["step"] == 5
    assert state.generator_optimizer.state[next(state.generator.parameters())]["step"] == 1
    for _ in range(5):
        watch.stream.next()
    assert state.stream.state_dict()["position"] == watch.stream.state_dict()["position"] == 5 * 64


@pytest.mark.parametrize("recipe", [r for r in RECIPES.values() if r.penalty], ids=lambda recipe: recipe.name)
def test_discriminator_with_a_penalty_has_no_batch_normalisation(recipe: TrainingRecipe) -> None:
    layers = list(recipe.discriminator.build().modules())
    assert not any(isinstance(layer, nn.BatchNorm1d | nn.BatchNorm2d | nn.Dropout) for layer in layers)
