"""Knows how seeds, latents and labels fit together, and what a model's card allows. Does not know HTTP."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from digitgan.contract.errors import InvalidPlan
from digitgan.contract.latents import seeds_to_latents
from digitgan.engine.plan import OWN_CLASS, Plan, as_latents, spread
from tests.cards import a_card

DIGITS = a_card(model="digits", n_classes=10, latent_size=14)
LENGTHS = st.integers(1, 20)


@given(LENGTHS, LENGTHS)
def test_a_single_seed_or_label_is_spread_over_all_of_the_other(n_seeds: int, n_labels: int) -> None:
    seeds, labels = list(range(100, 100 + n_seeds)), list(range(n_labels))
    if n_seeds != n_labels and min(n_seeds, n_labels) > 1:
        with pytest.raises(InvalidPlan, match=f"{n_labels} labels for {n_seeds} seeds") as refused:
            spread(seeds, labels, "seeds")
        assert refused.value.field == "labels"
        return
    n = max(n_seeds, n_labels)
    both = spread(seeds, labels, "seeds")
    assert both == (seeds if n_seeds == n else seeds * n, labels if n_labels == n else labels * n)


def test_without_labels_the_seeds_stay_as_they_are() -> None:
    assert spread([1, 2], None, "seeds") == ([1, 2], None)


@pytest.mark.parametrize(
    ("plan", "field", "reason"),
    [
        (Plan([1], None, [10]), "labels/0", "from 0 to 9"),
        (Plan([1, 2], None, [0, -1]), "labels/1", "from 0 to 9"),
        (Plan(None, np.zeros((1, 4), np.float32)), "latents", "has 14 components, not 4"),
    ],
)
def test_what_the_model_cannot_do_is_refused_by_field(plan: Plan, field: str, reason: str) -> None:
    with pytest.raises(InvalidPlan, match=reason) as refused:
        plan.check(DIGITS)
    assert refused.value.field == field


def test_a_model_without_classes_takes_no_labels() -> None:
    with pytest.raises(InvalidPlan, match="'tiny' has no classes"):
        Plan([1], None, [0]).check(a_card())
    Plan([1], None).check(a_card())


@given(st.integers(0, 30), st.integers(0, 30))
def test_any_part_of_a_plan_has_the_rows_that_the_whole_has_there(start: int, length: int) -> None:
    plan = Plan(list(range(30)), None, [i % 10 for i in range(30)], truncation=0.5)
    whole, part = plan.rows(0, 30, 14), plan.rows(start, start + length, 14)
    assert np.array_equal(part.latents, whole.latents[start : start + length])
    assert np.array_equal(part.labels, whole.labels[start : start + length])
    assert (part.truncation == 0.5).all()


def test_seeds_become_their_latents_and_no_label_the_own_class() -> None:
    rows = Plan([5, 6], None).rows(0, 2, 14)
    assert np.array_equal(rows.latents, seeds_to_latents([5, 6], 14))
    assert rows.labels.tolist() == [OWN_CLASS, OWN_CLASS]
    assert rows.labels.dtype == np.int64


def test_a_plan_is_as_long_as_its_images() -> None:
    assert len(Plan([1, 2, 3], None)) == 3
    assert len(Plan(None, np.zeros((4, 2), np.float32))) == 4


@pytest.mark.parametrize("number", [float("inf"), float("nan"), 1e39, -1e39])
@pytest.mark.parametrize("place", [0, 1])
def test_a_number_without_a_finite_float32_is_refused_by_row(number: float, place: int) -> None:
    row = [0.0, 0.0]
    row[place] = number
    with pytest.raises(InvalidPlan, match="finite number") as refused:
        as_latents([[0.0, 0.0], row])
    assert refused.value.field == "latents/1"


def test_latents_of_different_lengths_are_refused_by_row() -> None:
    with pytest.raises(InvalidPlan, match="has 1 components, but the first latent has 2") as refused:
        as_latents([[1.0, 2.0], [1.0, 2.0], [1.0]])
    assert refused.value.field == "latents/2"


def test_latents_become_float32() -> None:
    latents = as_latents([[0.1, 3.4e38], [1, -2]])
    assert latents.dtype == np.float32
    assert latents.shape == (2, 2)


@pytest.mark.parametrize("plan", [Plan(range(10, 40), None, [i % 10 for i in range(30)], 0.5, "digits", "2")])
def test_a_part_is_a_plan_of_its_own(plan: Plan) -> None:
    part = plan.part(20, 50)
    assert len(part) == 10
    assert np.array_equal(part.rows(0, 10, 14).latents, plan.rows(20, 30, 14).latents)
    assert np.array_equal(part.rows(0, 10, 14).labels, plan.rows(20, 30, 14).labels)
    assert (part.truncation, part.model, part.version) == (0.5, "digits", "2")


def test_a_part_of_latents_is_their_rows() -> None:
    part = Plan(None, np.arange(8, dtype=np.float32).reshape(4, 2)).part(1, 3)
    assert part.seeds is part.labels is None
    assert part.latents is not None and part.latents.tolist() == [[2, 3], [4, 5]]


def test_a_label_is_refused_under_the_name_that_the_caller_gave_it() -> None:
    for card in (DIGITS, a_card()):
        with pytest.raises(InvalidPlan) as refused:
            Plan([1], None, [12], labels_field="digits").check(card)
        assert refused.value.field == "digits"
