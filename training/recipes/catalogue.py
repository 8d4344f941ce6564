"""Knows which recipes there are.

Does not know what is in them.
"""

from training.errors import TrainingError
from training.recipes import (
    acgan,
    cgan,
    dcgan,
    digits,
    digits_small,
    lsgan,
    mlp,
    mlp_torch,
    relativistic,
    smoke,
    stacked,
    wgan_gp,
)
from training.recipes.recipe import Recipe

_FILES = (
    digits,
    digits_small,
    mlp,
    mlp_torch,
    dcgan,
    cgan,
    acgan,
    lsgan,
    wgan_gp,
    relativistic,
    stacked,
    smoke,
)

RECIPES: dict[str, Recipe] = {file.RECIPE.name: file.RECIPE for file in _FILES}


def find(name: str) -> Recipe:
    """Return the recipe of this name.

    Raises:
        TrainingError: there is none.
    """
    try:
        return RECIPES[name]
    except KeyError:
        raise TrainingError(f"there is no recipe {name!r}; there are {', '.join(RECIPES)}") from None
