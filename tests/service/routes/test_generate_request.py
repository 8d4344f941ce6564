"""What the body of `/generate` may contain, and the plan and picture that it becomes."""

import json
import tracemalloc
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from digitgan.contract.errors import InvalidPlan
from digitgan.contract.limits import MAX_SEED
from digitgan.engine.plan import Plan
from digitgan.engine.source import Latents, Seeds
from digitgan.picture.picture import Picture
from service.routes.generate import GenerateRequest
from tests.cards import a_card

TWO = a_card(model="digits", n_classes=10).model_copy(update={"latent_size": 2})  # fewer than classes, for short tests


def request(**body: Any) -> GenerateRequest:
    """Return a request parsed from JSON, as it comes over the wire."""
    return GenerateRequest.model_validate_json(json.dumps(body))


def plan(**body: Any) -> Plan:
    return request(**body).plan_and_picture(TWO, max_images=100)[0]


def seeds_of(some: Plan) -> list[int]:
    assert isinstance(some.source, Seeds)
    return list(some.source.values)


def latents_of(some: Plan) -> list[list[float]]:
    assert isinstance(some.source, Latents)
    return [list(row) for row in some.source.values.tolist()]


def picture(**body: Any) -> Picture:
    return request(**body).plan_and_picture(TWO, max_images=100)[1]


@pytest.mark.parametrize(
    "sources", [{}, {"seeds": None}, {"seeds": 1, "count": 1}, {"seeds": 1, "latents": [1], "count": 1}]
)
def test_exactly_one_source_must_be_given(sources: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="give exactly one of seeds, hands, latents and count"):
        request(**sources)


def test_one_number_is_a_list_of_one() -> None:
    assert seeds_of(plan(seeds=7, labels=3)) == [7]
    assert plan(seeds=7, labels=3).labels == [3]
    assert latents_of(plan(latents=[1, 2.5])) == [[1, 2.5]]


@given(st.lists(st.integers(0, MAX_SEED), min_size=1, max_size=20))
def test_seeds_reach_the_plan(seeds: list[int]) -> None:
    assert seeds_of(plan(seeds=seeds)) == seeds


def test_a_single_seed_or_label_is_spread() -> None:
    assert seeds_of(plan(seeds=7, labels=[2, 0, 2, 6])) == [7, 7, 7, 7]
    assert list(plan(seeds=[1, 2, 3], labels=5).labels or ()) == [5, 5, 5]
    assert latents_of(plan(latents=[1, 2], labels=[3, 4])) == [[1, 2], [1, 2]]


def test_a_count_draws_random_seeds() -> None:
    seeds = seeds_of(plan(count=50))
    assert len(seeds) == 50
    assert all(0 <= seed <= MAX_SEED for seed in seeds)
    assert len(set(seeds)) == 50
    assert seeds_of(plan(count=50)) != seeds


def test_a_count_of_one_with_many_labels_draws_one_seed() -> None:
    drawn = seeds_of(plan(count=1, labels=[1, 2, 3]))
    assert len(drawn) == 3
    assert len(set(drawn)) == 1


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("seeds", []),
        ("seeds", -1),
        ("seeds", MAX_SEED + 1),
        ("seeds", 1.5),
        ("seeds", "1"),
        ("seeds", True),
        ("seeds", [1, None]),
        ("latents", []),
        ("latents", [[]]),
        ("latents", [[1], "x"]),
        ("latents", [["1"]]),
        ("latents", [[True]]),
        ("latents", [float("nan")]),
        ("latents", [float("inf")]),
        ("count", 0),
        ("count", 1.5),
        ("labels", []),
        ("labels", -1),
        ("labels", True),
        ("labels", ""),
        ("labels", "3" * 65),
        ("model", "Digits"),
        ("model", "../digits"),
        ("version", "01"),
        ("version", 1),
        ("truncation", -0.1),
        ("truncation", 2.1),
        ("truncation", float("nan")),
        ("truncation", "1"),
        ("truncation", True),
        ("scale", 0),
        ("scale", 33),
        ("columns", 0),
        ("digits", ""),
        ("digits", "-"),
        ("digits", "1;5"),
        ("digits", "\uff11"),  # a digit, but not an ASCII one
        ("digits", "1\n"),
        ("digits", 2026),
        ("digits", []),
        ("digits", "1" * 65),
        ("gap", -1),
        ("gap", 29),
        ("padding", -1),
        ("invert", 1),
        ("colour", "blue"),
    ],
)
def test_values_out_of_range_or_type_are_refused_by_field(field: str, value: Any) -> None:
    body = {field: value} if field in ("seeds", "latents", "count") else {"seeds": 1, field: value}
    with pytest.raises(ValidationError) as refused:
        request(**body)
    assert refused.value.errors()[0]["loc"][0] == field


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"seeds": [1] * 101}, "seeds"),
        ({"latents": [[1]] * 101}, "latents"),
        ({"count": 101}, "count"),
        ({"count": 10**18}, "count"),  # refused before a seed is drawn
        ({"seeds": 1, "labels": [1] * 101}, "seeds"),
        ({"seeds": 1, "digits": ["1" * 50, "2" * 51]}, "digits"),
        ({"count": 2, "digits": "1" * 51}, "digits"),
        ({"seeds": 1, "digits": ["1" * 64] * 2}, "digits"),
    ],
)
def test_more_images_than_allowed_are_refused(body: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidPlan, match="images; at most 100 are allowed") as refused:
        plan(**body)
    assert refused.value.field == field


def test_too_many_digits_are_refused_before_they_are_listed() -> None:
    body = request(seeds=1, digits=["1" * 64] * 10_000)
    tracemalloc.start()
    try:
        with pytest.raises(InvalidPlan, match="640,000 images; at most 100"):
            body.plan_and_picture(TWO, 100)
        assert tracemalloc.get_traced_memory()[1] < 1_000_000  # a list of all digits takes five times that
    finally:
        tracemalloc.stop()


def test_latents_of_another_size_are_refused_before_they_are_repeated() -> None:
    body = request(latents=[0.0] * 10_000, labels=[1] * 100)
    tracemalloc.start()
    try:
        with pytest.raises(InvalidPlan, match="has 2 components, not 10,000"):
            body.plan_and_picture(TWO, 100)
        assert tracemalloc.get_traced_memory()[1] < 1_000_000  # repeated they take four times that
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("n", [1, 100])
def test_the_most_images_allowed_are_accepted(n: int) -> None:
    assert len(plan(count=n)) == n


def test_text_is_no_label_of_a_model_without_names() -> None:
    with pytest.raises(InvalidPlan, match="must be an integer of at least 0, not '3'") as refused:
        plan(seeds=1, labels="3")
    assert refused.value.field == "labels/0"


def test_lengths_that_differ_are_refused() -> None:
    with pytest.raises(InvalidPlan, match="3 labels for 2 seeds"):
        plan(seeds=[1, 2], labels=[1, 2, 3])


def test_model_version_and_truncation_reach_the_plan() -> None:
    made = plan(seeds=1, model="mlp", version="3", truncation=0.5)
    assert (made.model, made.version, made.truncation) == ("mlp", "3", 0.5)
    assert (plan(seeds=1).model, plan(seeds=1).version, plan(seeds=1).truncation) == (None, None, 1.0)


def test_display_options_reach_the_picture() -> None:
    assert picture(seeds=1, scale=4, columns=3, padding=1, invert=True) == Picture(
        scale=4, columns=3, padding=1, invert=True
    )


def test_a_number_is_in_the_hand_of_one_seed() -> None:
    body = {"seeds": 7, "digits": "2026", "gap": 3}
    assert (seeds_of(plan(**body)), plan(**body).labels) == ([7] * 4, [2, 0, 2, 6])
    assert picture(**body) == Picture(padding=2, numbers=("2026",), gap=3)


def test_several_numbers_have_a_seed_each() -> None:
    made = plan(seeds=[7, 8], digits=["20", "042"])
    assert (seeds_of(made), made.labels) == ([7, 7, 8, 8, 8], [2, 0, 0, 4, 2])


def test_a_single_number_or_seed_is_spread() -> None:
    assert seeds_of(plan(seeds=[7, 8], digits="42")) == [7, 7, 8, 8]
    assert seeds_of(plan(seeds=[7], digits=["4", "2"])) == [7, 7]
    assert picture(count=2, digits="42").numbers == ("42", "42")


def test_a_number_may_be_written_with_a_latent() -> None:
    made = plan(latents=[[1, 2], [3, 4]], digits=["42", "1"])
    assert latents_of(made) == [[1, 2], [1, 2], [3, 4]]


def test_numbers_must_match_the_seeds() -> None:
    with pytest.raises(InvalidPlan, match="3 digits for 2 seeds") as refused:
        plan(seeds=[1, 2], digits=["1", "2", "3"])
    assert refused.value.field == "digits"


def test_errors_of_a_model_without_classes_point_at_digits() -> None:
    with pytest.raises(InvalidPlan, match="takes no digits") as refused:
        plan(seeds=1, digits="42").check(a_card())
    assert refused.value.field == "digits"


def test_labels_and_digits_exclude_each_other() -> None:
    with pytest.raises(ValidationError, match="give labels or digits, not both"):
        request(seeds=1, labels=1, digits="1")


def test_every_example_of_the_description_is_a_request() -> None:
    for example in GenerateRequest.model_json_schema()["examples"]:
        assert len(plan(**example)) > 0


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(), st.lists, max_leaves=8))
def test_any_value_gives_a_plan_or_a_refusal(value: Any) -> None:
    try:
        body = GenerateRequest.model_validate({"latents": value})
        latents = latents_of(body.plan_and_picture(TWO, 100)[0])
    except (ValidationError, InvalidPlan):
        return
    assert np.isfinite(latents).all()
