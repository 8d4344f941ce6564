"""A run that is interrupted anywhere ends with the bits of an uninterrupted run."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import Tensor

from training import checkpoints
from training.data import Dataset
from training.recipes import mlp
from training.recipes.catalogue import RECIPES
from training.recipes.recipe import TrainingRecipe
from training.schedules import Horizon
from training.state import State
from training.teacher import Teacher
from training.trainer import iterate

pytestmark = pytest.mark.long

ITERATIONS = 12


def advance(state: State, iterations: int) -> list[dict[str, float]]:
    horizon = Horizon(ITERATIONS, None)
    return [iterate(state, horizon.progress(state.iteration, 0)) for _ in range(iterations)]


def tensors(value: object) -> list[Tensor]:
    """Return every tensor and number of a state, in order."""
    if isinstance(value, dict):
        return [tensor for item in value.values() for tensor in tensors(item)]
    if isinstance(value, list | tuple):
        return [tensor for item in value for tensor in tensors(item)]
    return [value] if isinstance(value, Tensor) else [torch.tensor(value)] if isinstance(value, int | float) else []


@pytest.mark.parametrize("recipe", [replace(recipe, batch_size=4) for recipe in RECIPES.values()], ids=RECIPES)
def test_resumed_run_has_the_bits_of_an_uninterrupted_one(
    recipe: TrainingRecipe, sample: Dataset, teacher: Teacher, tmp_path: Path
) -> None:
    taught_by = teacher if recipe.distillation else None
    if not recipe.stacks_digits:
        recipe = recipe.for_images(sample.n_classes, sample.size, sample.n_channels)
    straight = State(recipe, sample, 5, teacher=taught_by)
    figures = advance(straight, ITERATIONS)

    first = State(recipe, sample, 5, teacher=taught_by)
    advance(first, 7)
    checkpoints.save(first.state_dict(), tmp_path, first.iteration)
    torch.manual_seed(12345)  # another process would start from other global random numbers
    second = State(recipe, sample, 6, teacher=taught_by)
    saved = checkpoints.latest(tmp_path)
    assert saved is not None
    second.load_state_dict(saved)

    assert advance(second, ITERATIONS - 7) == figures[7:]
    expected, found = tensors(straight.state_dict()), tensors(second.state_dict())
    assert len(expected) == len(found) > 50
    assert all(torch.equal(mine, theirs) for mine, theirs in zip(expected, found, strict=True))


def test_another_seed_gives_another_run(sample: Dataset) -> None:
    assert advance(State(mlp.RECIPE, sample, seed=5), 1) != advance(State(mlp.RECIPE, sample, seed=6), 1)
