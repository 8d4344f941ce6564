"""Which images a described data set has."""

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


def seeds_of(some: Plan) -> list[int]:
    assert isinstance(some.source, Seeds)
    return list(some.source.values)


@given(st.integers(1, 1000), st.integers(0, 2**53 - 1001))
def test_seeds_are_consecutive_and_classes_balanced(count: int, seed: int) -> None:
    made = plan(count=count, seed=seed)
    assert seeds_of(made) == list(range(seed, seed + count))
    per_class = Counter(made.labels)
    assert sum(per_class.values()) == count
    assert max(per_class.values()) - min(per_class[label] for label in range(10)) <= 1


def test_a_part_of_a_data_set_is_a_data_set() -> None:
    part, same = plan(count=100).part(50, 80), plan(count=30, seed=50)
    assert (seeds_of(part), part.labels) == (seeds_of(same), same.labels)


def test_the_last_seeds_are_available() -> None:
    assert seeds_of(plan(count=3, seed=MAX_SEED - 2)) == [MAX_SEED - 2, MAX_SEED - 1, MAX_SEED]


@pytest.mark.parametrize(("fields", "field"), [({"count": 1001}, "count"), ({"count": 2, "seed": MAX_SEED}, "seed")])
def test_impossible_data_sets_are_refused_by_field(fields: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidPlan) as refused:
        plan(**fields)
    assert refused.value.field == field


def test_a_model_without_classes_has_no_labelled_data() -> None:
    with pytest.raises(InvalidPlan, match="has no classes") as refused:
        DatasetSpec(count=1).plan(a_card(), 1000)
    assert refused.value.field == "model"
