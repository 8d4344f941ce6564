"""Knows what a request for a data set may say and which plan comes of it. Does not know models or HTTP."""

import json
from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from digitgan.contract.errors import InvalidPlan
from digitgan.contract.latents import MAX_SEED
from digitgan.engine.plan import Plan
from service.requests.dataset import DatasetRequest
from tests.cards import a_card

DIGITS = a_card(model="digits", n_classes=10, latent_size=14)


def plan(**body: Any) -> Plan:
    return DatasetRequest.model_validate_json(json.dumps(body)).plan(DIGITS, 1000)


@given(st.integers(1, 1000), st.integers(0, 2**53 - 1001))
def test_seeds_follow_each_other_and_classes_are_balanced(count: int, seed: int) -> None:
    made = plan(count=count, seed=seed)
    assert made.seeds == range(seed, seed + count)
    per_class = Counter(made.labels)
    assert sum(per_class.values()) == count
    assert max(per_class.values()) - min(per_class[label] for label in range(10)) <= 1


def test_a_part_of_a_data_set_is_a_data_set() -> None:
    whole, part = plan(count=100), plan(count=30, seed=50)
    assert (whole.part(50, 80).seeds, whole.part(50, 80).labels) == (part.seeds, part.labels)


def test_the_last_seeds_that_there_are_can_be_asked_for() -> None:
    assert plan(count=3, seed=MAX_SEED - 2).seeds == range(MAX_SEED - 2, MAX_SEED + 1)


@pytest.mark.parametrize(("body", "field"), [({"count": 1001}, "count"), ({"count": 2, "seed": MAX_SEED}, "seed")])
def test_what_there_is_not_is_refused_by_field(body: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidPlan) as refused:
        plan(**body)
    assert refused.value.field == field


def test_a_model_without_classes_has_no_labelled_data() -> None:
    with pytest.raises(InvalidPlan, match="has no classes") as refused:
        DatasetRequest(count=1).plan(a_card(), 1000)
    assert refused.value.field == "model"


@pytest.mark.parametrize(
    ("field", "value"), [("count", 0), ("count", "1"), ("seed", -1), ("seed", MAX_SEED + 1), ("labels", [1])]
)
def test_a_value_out_of_its_range_or_type_is_refused_by_field(field: str, value: Any) -> None:
    with pytest.raises(ValidationError) as refused:
        DatasetRequest.model_validate_json(json.dumps({"count": 1} | {field: value}))
    assert refused.value.errors()[0]["loc"][0] == field
