"""Which plan a specification of a data set gives, and which specifications are refused."""

from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digitgan.contract.errors import InvalidPlan
from digitgan.contract.limits import MAX_SEED
from digitgan.dataset.spec import DatasetSpec, items_of
from digitgan.engine.plan import Plan
from digitgan.engine.source import Neighbours, Seeds
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


def test_seeds_vary_the_hand_of_a_data_set() -> None:
    made = plan(count=3, seed=5, hand="hAAAAAA", vary=0.3)
    assert isinstance(made.source, Neighbours)
    assert (seeds(made), made.source.token, made.source.vary) == ([5, 6, 7], "hAAAAAA", 0.3)


@pytest.mark.parametrize(
    ("fields", "field", "message"),
    [
        ({"count": 1, "vary": 0.3}, "vary", "there is no hand to vary; give hand, or leave vary at 0"),
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


def test_labels_of_mnist_belong_to_their_seeds() -> None:
    whole, part = plan(count=900, seed=59_500, labels="mnist"), plan(count=50, seed=59_990, labels="mnist")
    assert list(whole.labels or ())[490:540] == list(part.labels or ()) == list(whole.part(490, 540).labels or ())


def test_labels_of_mnist_need_its_classes() -> None:
    with pytest.raises(InvalidPlan, match="has 3 classes; MNIST has 10") as refused:
        DatasetSpec(count=1, labels="mnist").plan(a_card(n_classes=3), 1000)
    assert refused.value.field == "labels"


def test_a_sixth_is_to_test_with() -> None:
    spec = DatasetSpec(count=60_000, seed=5, truncation=0.5)
    assert spec.test == DatasetSpec(count=10_000, seed=60_005, truncation=0.5)
    assert DatasetSpec(count=2).test.count == 1


def test_text_has_what_is_not_at_its_default_and_reads_back() -> None:
    assert DatasetSpec(count=60_000).text(DIGITS) == "model-digits,version-1,count-60000,seed-0"
    spec = DatasetSpec(count=9, seed=3, labels="mnist", truncation=0.5, hand="hAAAA-AAA", vary=0.25)
    text = spec.text(DIGITS)
    assert text == "model-digits,version-1,count-9,seed-3,labels-mnist,truncation-0.5,hand-hAAAA-AAA,vary-0.25"
    assert items_of(text)["hand"] == "hAAAA-AAA"
    assert [*items_of(text)] == ["model", "version", "count", "seed", "labels", "truncation", "hand", "vary"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("count", "'count' must be a name, a hyphen and a value, as in count-60000"),
        ("count-1,", "'' must be a name"),
        ("count-", "'count-' must be a name"),
        ("count-1,count-1", "count is given more than once; give it once"),
    ],
)
def test_text_that_stands_for_no_data_set_is_refused(text: str, message: str) -> None:
    with pytest.raises(InvalidPlan, match=message) as refused:
        items_of(text)
    assert refused.value.field == "spec"
