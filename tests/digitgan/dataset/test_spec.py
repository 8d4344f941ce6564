"""Which plan a specification of a data set gives, and which specifications are refused."""

from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digitgan.contract.errors import InvalidPlan
from digitgan.contract.limits import MAX_SEED
from digitgan.dataset.spec import DatasetSpec
from digitgan.engine.plan import Plan
from digitgan.engine.source import Seeds
from tests.cards import a_card

DIGITS = a_card(model="digits", n_classes=10, latent_size=14)


def plan(**fields: Any) -> Plan:
    return DatasetSpec(**fields).plan(DIGITS, 1000)


def seeds(plan: Plan) -> list[int]:
    assert isinstance(plan.source, Seeds)
    return list(plan.source.values)


@given(st.integers(1, 1000), st.integers(0, MAX_SEED - 1000))
def test_seeds_are_consecutive_and_classes_balanced(count: int, seed: int) -> None:
    made = plan(count=count, seed=seed)
    assert seeds(made) == list(range(seed, seed + count))
    per_class = Counter(made.labels)
    assert sum(per_class.values()) == count
    assert max(per_class.values()) - min(per_class[label] for label in range(10)) <= 1


def test_part_of_a_data_set_is_a_data_set() -> None:
    whole, part = plan(count=100).part(50, 80), plan(count=30, seed=50)
    assert (seeds(whole), list(whole.labels or ())) == (seeds(part), list(part.labels or ()))


def test_plan_has_the_options_of_the_data_set() -> None:
    made = plan(count=1, truncation=0.5, model="digits", version="2")
    assert (made.truncation, made.model, made.version) == (0.5, "digits", "2")


def test_seeds_may_reach_the_largest_seed() -> None:
    assert seeds(plan(count=3, seed=MAX_SEED - 2)) == [MAX_SEED - 2, MAX_SEED - 1, MAX_SEED]


@pytest.mark.parametrize(
    ("fields", "field", "message"),
    [
        ({"count": 1001}, "count", "1,001 images; at most 1,000 are allowed in one file"),
        ({"count": 2, "seed": MAX_SEED}, "seed", f"2 seeds from {MAX_SEED:,} on exceed the largest seed"),
    ],
)
def test_impossible_data_set_is_refused_by_field(fields: dict[str, Any], field: str, message: str) -> None:
    with pytest.raises(InvalidPlan, match=message) as refused:
        plan(**fields)
    assert refused.value.field == field


def test_model_without_classes_is_refused() -> None:
    with pytest.raises(InvalidPlan, match="'tiny' has no classes, so its images have no labels") as refused:
        DatasetSpec(count=1).plan(a_card(), 1000)
    assert refused.value.field == "model"
