import json

import pytest

from training.errors import TrainingError
from training.recipes.catalogue import RECIPES, find


def test_each_recipe_is_found_by_its_name() -> None:
    assert {name: find(name).name for name in RECIPES} == {name: name for name in RECIPES}


def test_unknown_recipe_is_refused_with_the_known_ones() -> None:
    with pytest.raises(TrainingError, match="no recipe 'dcgam'; there are digits, mlp"):
        find("dcgam")


@pytest.mark.parametrize("name", RECIPES)
def test_configuration_survives_json(name: str) -> None:
    configuration = json.loads(json.dumps(find(name).configuration()))
    assert configuration["generator"]["style_size"] == find(name).generator.build().style_size
    assert configuration["adam"]["learning_rate"] == find(name).adam.learning_rate
