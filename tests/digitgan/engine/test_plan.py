"""Plans: how sources and labels fit together, and what a model's card allows."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from digitgan.contract.errors import InvalidPlan
from digitgan.contract.latents import seeds_to_latents
from digitgan.engine.plan import OWN_CLASS, Joined, NumbersPlan, Plan, Repeated, number_plan, spread
from digitgan.engine.source import Latents, Seeds, Source
from tests.cards import a_card

DIGITS = a_card(model="digits", n_classes=10, latent_size=14)
LENGTHS = st.integers(1, 20)


def seeds(*values: int) -> Seeds:
    return Seeds(list(values))


def latents(n: int, size: int) -> Latents:
    return Latents(np.arange(n * size, dtype=np.float32).reshape(n, size))


@given(LENGTHS, LENGTHS)
def test_spread_repeats_a_single_seed_or_label_for_all_of_the_other(n_seeds: int, n_labels: int) -> None:
    values, labels = list(range(100, 100 + n_seeds)), list(range(n_labels))
    if n_seeds != n_labels and min(n_seeds, n_labels) > 1:
        with pytest.raises(InvalidPlan, match=f"{n_labels} labels for {n_seeds} seeds") as refused:
            spread(Seeds(values), labels, "labels")
        assert refused.value.field == "labels"
        return
    n = max(n_seeds, n_labels)
    source, contents = spread(Seeds(values), labels, "labels")
    assert isinstance(source, Seeds)
    assert list(source.values) == (values if n_seeds == n else values * n)
    assert list(contents) == (labels if n_labels == n else labels * n)


def test_spread_names_both_fields_and_counts_when_they_do_not_match() -> None:
    expected = "1,200 digits for 3 latents; give one, or one for each"
    with pytest.raises(InvalidPlan, match=expected) as refused:
        spread(latents(3, 2), ["7"] * 1200, "digits")
    assert refused.value.field == "digits"


def test_spread_repeats_a_single_latent() -> None:
    source, contents = spread(latents(1, 2), [4, 5, 6], "labels")
    assert isinstance(source, Latents)
    assert source.values.tolist() == [[0, 1]] * 3
    assert contents == [4, 5, 6]


@pytest.mark.parametrize(
    ("plan", "field", "reason"),
    [
        (Plan(source=seeds(1), labels=[10]), "labels/0", "must be a class of model 'digits', .* from 0 to 9, not 10"),
        (Plan(source=seeds(1, 2), labels=[0, -1]), "labels/1", "from 0 to 9, not -1"),
        (Plan(source=latents(1, 4)), "latents", "has 14 components, not 4"),
    ],
)
def test_check_names_the_field_that_the_model_does_not_support(plan: Plan, field: str, reason: str) -> None:
    with pytest.raises(InvalidPlan, match=reason) as refused:
        plan.check(DIGITS)
    assert refused.value.field == field


def test_check_refuses_labels_for_a_model_without_classes() -> None:
    with pytest.raises(InvalidPlan, match="'tiny' has no classes, so it takes no labels") as refused:
        Plan(source=seeds(1), labels=[0]).check(a_card())
    assert refused.value.field == "labels"
    Plan(source=seeds(1)).check(a_card())


def test_check_uses_the_callers_name_for_labels() -> None:
    for card in (DIGITS, a_card()):
        with pytest.raises(InvalidPlan) as refused:
            Plan(source=seeds(1), labels=[12], labels_field="digits").check(card)
        assert refused.value.field == "digits"


@given(st.integers(0, 30), st.integers(0, 30))
def test_rows_of_a_part_equal_the_rows_of_the_whole_there(start: int, length: int) -> None:
    plan = Plan(source=Seeds(range(30)), labels=[i % 10 for i in range(30)], truncation=0.5)
    whole, part = plan.rows(0, 30, 14), plan.rows(start, start + length, 14)
    assert np.array_equal(part.latents, whole.latents[start : start + length])
    assert np.array_equal(part.labels, whole.labels[start : start + length])
    assert (part.truncation == 0.5).all()


def test_rows_hold_the_seeds_latents_and_own_class_when_no_labels_are_given() -> None:
    rows = Plan(source=seeds(5, 6)).rows(0, 2, 14)
    assert np.array_equal(rows.latents, seeds_to_latents([5, 6], 14))
    assert rows.labels.tolist() == [OWN_CLASS, OWN_CLASS]
    assert rows.labels.dtype == np.int64


@pytest.mark.parametrize(("source", "n"), [(seeds(1, 2, 3), 3), (latents(4, 2), 4)])
def test_plan_is_as_long_as_its_source(source: Source, n: int) -> None:
    assert len(Plan(source=source)) == n


def test_part_is_a_plan_of_its_own() -> None:
    options: dict[str, Any] = {"truncation": 0.5, "model": "digits", "version": "2"}
    plan = Plan(source=Seeds(range(10, 40)), labels=[i % 10 for i in range(30)], **options)
    part = plan.part(20, 50)
    assert len(part) == 10
    assert np.array_equal(part.rows(0, 10, 14).latents, plan.rows(20, 30, 14).latents)
    assert np.array_equal(part.rows(0, 10, 14).labels, plan.rows(20, 30, 14).labels)
    assert (part.truncation, part.model, part.version) == (0.5, "digits", "2")


def test_part_of_latents_holds_their_rows() -> None:
    part = Plan(source=latents(4, 2)).part(1, 3)
    assert part.labels is None
    assert isinstance(part.source, Latents)
    assert part.source.values.tolist() == [[2, 3], [4, 5]]


def test_number_plan_draws_all_digits_of_a_number_in_one_hand() -> None:
    plan = number_plan(seeds(7, 8), ["042", "9"], truncation=0.5, model="digits")
    assert isinstance(plan.source, Seeds)
    assert plan.source.values == [7, 7, 7, 8]
    assert plan.labels == [0, 4, 2, 9]
    assert (plan.truncation, plan.model, plan.labels_field) == (0.5, "digits", "digits")


def test_number_plan_has_no_images_of_signs() -> None:
    plan = number_plan(seeds(7, 8), ["(04) 2%", "-9"])
    assert isinstance(plan.source, Seeds)
    assert plan.source.values == [7, 7, 7, 8]
    assert plan.labels == [0, 4, 2, 9]


@given(
    st.lists(st.integers(0, 9), min_size=1, max_size=4), st.integers(1, 20), st.integers(-25, 25), st.integers(-25, 25)
)
def test_repeated_items_are_those_of_a_list(values: list[int], length: int, start: int, stop: int) -> None:
    repeated, listed = Repeated(values, length), (values * length)[:length]
    assert (len(repeated), list(repeated)) == (length, listed)
    assert list(repeated[start:stop]) == listed[start:stop]
    assert repeated[start:stop].array().tolist() == listed[start:stop]
    assert list(repeated[start:][stop:]) == listed[start:][stop:]
    assert [repeated[i] for i in range(-length, length)] == [listed[i] for i in range(-length, length)]


def test_joined_sequences_are_cut_like_one_list() -> None:
    joined, whole = Joined([range(3), range(10, 11), Repeated([7, 8], 5, 1)]), [0, 1, 2, 10, 8, 7, 8, 7, 8]
    assert (list(joined), len(joined)) == (whole, 9)
    assert [joined[i] for i in range(-9, 9)] == whole + whole
    for start in range(11):
        for stop in range(11):
            assert joined[start:stop] == whole[start:stop]
    with pytest.raises(IndexError):
        joined[9]


class Squares:
    """Says the square of each seed."""

    text = "squares"

    def number(self, seed: int) -> str:
        return f"-{seed * seed}"


def test_plan_of_numbers_has_parts_that_are_plans_of_their_digits() -> None:
    plan = NumbersPlan(source=Seeds(range(3, 3 + 10**9)), pattern=Squares(), truncation=0.5, model="tiny")
    assert (len(plan), plan.contents) == (10**9, "squares")
    part = plan.part(0, 3)  # 9, 16, 25
    assert part.labels == [9, 1, 6, 2, 5]
    assert [part.source.seed(i) for i in range(5)] == [3, 4, 4, 5, 5]
    assert (part.truncation, part.model, part.images) == (0.5, "tiny", part)
    few = NumbersPlan(source=Seeds(range(2)), pattern=Squares())
    assert (few.images.labels, len(few.images)) == ([0, 1], 2)
    few.check(DIGITS)
    with pytest.raises(InvalidPlan, match="no classes for all digits"):
        few.check(a_card(n_classes=9, latent_size=14))
