"""All recipes by name, discovered: each other file in this folder is one.

A recipe's file holds ``RECIPE``, whose name is the file's with hyphens. Its docstring says what the recipe is and,
from the second paragraph on, how it differs from public versions; docs/recipes.md quotes it.
"""

import pkgutil
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from importlib import import_module
from pathlib import Path
from types import ModuleType

from ..errors import RecipeRefused
from .recipe import TrainingRecipe

_OTHER_FILES = {"catalogue", "recipe"}


class Catalogue(Mapping[str, TrainingRecipe]):
    """The recipes of a package, in alphabetical order; a file is imported when its recipe is looked up.

    Args:
        package: the dotted name.
        folder: where its files are.
    """

    def __init__(self, package: str, folder: Path) -> None:
        self._package = package
        files = {module.name for module in pkgutil.iter_modules([str(folder)])} - _OTHER_FILES
        self._files = {file.replace("_", "-"): file for file in sorted(files)}

    def __getitem__(self, name: str) -> TrainingRecipe:
        recipe: TrainingRecipe | None = getattr(self.module(name), "RECIPE", None)
        if recipe is None or recipe.name != name:
            found = f"RECIPE is named {recipe.name!r}" if recipe else "there is no RECIPE"
            raise RecipeRefused(f"{self._package}.{self._files[name]} must hold the recipe {name!r}, but {found}")
        return recipe

    def __iter__(self) -> Iterator[str]:
        return iter(self._files)

    def __len__(self) -> int:
        return len(self._files)

    def module(self, name: str) -> ModuleType:
        """Return a recipe's file as a module."""
        return import_module(f"{self._package}.{self._files[name]}")


RECIPES = Catalogue(__package__, Path(__file__).parent)


def find(name: str) -> TrainingRecipe:
    """Return the recipe of this name.

    Raises:
        RecipeRefused: there is none, or its file does not hold it.
    """
    if name not in RECIPES:
        close = get_close_matches(name, RECIPES, n=1)
        hint = f"did you mean {close[0]!r}? " if close else ""
        raise RecipeRefused(f"unknown recipe {name!r}; {hint}available recipes: {', '.join(RECIPES)}")
    return RECIPES[name]
