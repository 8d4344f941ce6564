import json
from dataclasses import asdict
from pathlib import Path

import pytest

from digitgan.contract.card import read_card
from training.recipes import cgan, mlp, wgan_gp

ROOT = Path(__file__).parents[3]


def test_configuration_from_before_a_field_existed_is_the_recipe_s() -> None:
    now = json.loads(json.dumps(mlp.RECIPE.configuration()))
    earlier = json.loads(json.dumps(now))
    del earlier["discriminator_phases"], earlier["generator"]["n_classes"]
    assert mlp.RECIPE.with_defaults(earlier) == now


def test_what_is_written_is_left_as_it_was() -> None:
    earlier = json.loads(json.dumps(wgan_gp.RECIPE.configuration()))
    assert wgan_gp.RECIPE.with_defaults(earlier) == earlier
    assert earlier["discriminator_phases"] == 5


def test_default_does_not_stand_for_another_value() -> None:
    earlier = json.loads(json.dumps(cgan.RECIPE.configuration()))
    del earlier["generator"]["n_classes"]  # then there were none, and the recipe now has ten
    assert cgan.RECIPE.with_defaults(earlier) != json.loads(json.dumps(asdict(cgan.RECIPE)))


@pytest.mark.parametrize("required", ["loss", "batch_size"])
def test_field_without_a_default_is_missed(required: str) -> None:
    earlier = json.loads(json.dumps(mlp.RECIPE.configuration()))
    del earlier[required]
    assert required not in mlp.RECIPE.with_defaults(earlier)


def test_the_exported_textbook_model_is_of_today_s_recipe() -> None:
    written = read_card(ROOT / "exported" / "mlp" / "1").recipe.configuration
    assert mlp.RECIPE.with_defaults(written) == json.loads(json.dumps(mlp.RECIPE.configuration()))


def test_images_an_iteration_count_every_discriminator_phase() -> None:
    assert wgan_gp.RECIPE.images_an_iteration == 5 * 64
    assert mlp.RECIPE.images_an_iteration == 32
