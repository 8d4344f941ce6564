"""Which plan and which picture numbers give, in a format that shows all of them, and in an animation."""

from typing import Any

import pytest

from digitgan.contract.errors import InvalidPlan
from digitgan.formats.numbers import NumberSpec
from digitgan.formats.registry import GIF, PNG
from tests.cards import a_card

CARD = a_card(n_classes=10, latent_size=14)


def test_all_digits_of_a_number_are_in_one_hand() -> None:
    spec = NumberSpec(digits=["20", "6"], seed=7, truncation=0.5, gap=2, scale=3)
    plan, picture, keys = spec.parts(spec.plan(3), CARD, PNG)
    assert ([plan.source.seed(i) for i in range(3)], plan.labels, plan.truncation) == ([7, 7, 7], [2, 0, 6], 0.5)
    assert (picture.numbers, picture.gap, picture.scale, keys) == (("20", "6"), 2, 3, None)


def test_an_animation_shows_the_digits_of_the_picture_in_turn() -> None:
    spec = NumberSpec(digits=["206"], seed=7)
    still = spec.plan(3)
    plan, picture, keys = spec.parts(still, CARD, GIF)
    assert (plan.source.latents(14) == still.source.latents(14)).all()
    assert (plan.labels, picture.numbers, picture.loop) == ([2, 0, 6], (), True)
    assert keys == {"seeds": [7, 7, 7], "labels": [2, 0, 6], "steps": 1, "loop": True}


@pytest.mark.parametrize(
    ("fields", "field"),
    [({"digits": "7"}, "digits"), ({"digits": ["12", "34"]}, "digits"), ({"digits": "12", "gap": 1}, "gap")],
)
def test_numbers_that_make_no_animation_are_refused(fields: dict[str, Any], field: str) -> None:
    spec = NumberSpec(seed=7, **fields)
    with pytest.raises(InvalidPlan, match="gif shows") as refused:
        spec.parts(spec.plan(4), CARD, GIF)
    assert refused.value.field == field


def test_more_digits_than_the_limit_are_refused() -> None:
    with pytest.raises(InvalidPlan, match="4 digits; at most 3 are allowed"):
        NumberSpec(digits=["12", "34"], seed=7).plan(3)
