"""Knows which recipes there are.

Does not know what is in them.
"""

from training.errors import TrainingError
from training.recipes import digits, mlp
from training.recipes.recipe import Recipe

RECIPES = {recipe.name: recipe for recipe in (digits.RECIPE, mlp.RECIPE)}


def find(name: str) -> Recipe:
    """Return the recipe of this name.

    Raises:
        TrainingError: there is none.
    """
    try:
        return RECIPES[name]
    except KeyError:
        raise TrainingError(f"there is no recipe {name!r}; there are {', '.join(RECIPES)}") from None
