"""The sizes in the documentation, counted again."""

from pathlib import Path

import pytest
from torch import nn

from training.graphs.folding import folded
from training.graphs.graph import ServedGenerator, multiply_adds
from training.recipes.catalogue import RECIPES

PAGE = (Path(__file__).parents[2] / "docs" / "recipes.md").read_text(encoding="utf-8")
ROWS = {row.split("`")[1]: row for row in PAGE.split("Sizes.")[1].splitlines() if row.startswith("| `")}


def count(network: nn.Module) -> int:
    return sum(weight.numel() for weight in network.parameters())


def test_every_recipe_has_a_row_in_both_tables() -> None:
    assert ROWS.keys() == RECIPES.keys()
    assert all(f"| `{name}` |" in PAGE.split("Sizes.")[0] for name in RECIPES)


@pytest.mark.parametrize("name", RECIPES)
def test_sizes_are_the_networks(name: str) -> None:
    recipe = RECIPES[name]
    generator, discriminator = recipe.generator.build(), recipe.discriminator.build()
    sizes = (count(generator), count(discriminator), multiply_adds(ServedGenerator(folded(generator))))
    cells = [f"{number:,}" for number in (*sizes, recipe.batch_size, recipe.iterations)]
    assert ROWS[name] == f"| `{name}` | {' | '.join(cells)} |"
