"""What the body of `/interpolate` may contain, and the plan and picture that it becomes."""

import json
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from digitgan.contract.errors import InvalidPlan
from digitgan.contract.latents import seeds_to_latents
from digitgan.engine.plan import Plan
from digitgan.engine.source import Latents
from digitgan.picture.picture import Picture
from service.routes.interpolate import InterpolateRequest
from tests.cards import a_card

DIGITS = a_card(model="digits", n_classes=10, latent_size=14)


def request(**body: Any) -> InterpolateRequest:
    return InterpolateRequest.model_validate_json(json.dumps(body))


def plan(**body: Any) -> Plan:
    return request(**body).plan_and_picture(DIGITS, 100)[0]


def test_frames_lead_from_seed_to_seed() -> None:
    made = plan(seeds=[1, 2, 3], steps=4, truncation=0.5, model="digits", version="1")
    assert made.labels is None
    assert isinstance(made.source, Latents)
    assert np.array_equal(made.source.values[::4], seeds_to_latents([1, 2, 3], 14))
    assert (len(made), made.truncation, made.model, made.version) == (9, 0.5, "digits", "1")


def test_frames_lead_from_latent_to_latent() -> None:
    keys = [[0.5] * 14, [0.25] * 14]
    made = plan(latents=keys, steps=2, loop=True)
    assert isinstance(made.source, Latents) and made.source.values[::2].tolist() == keys


def test_frames_have_the_only_label_or_that_of_their_nearest_key() -> None:
    assert plan(seeds=[1, 2], labels=7, steps=3).labels == [7] * 4
    assert plan(seeds=[1, 2], labels=[3, 8], steps=4).labels == [3, 3, 8, 8, 8]
    assert plan(seeds=[1, 2], labels=[3, 8], steps=2, loop=True).labels == [3, 8, 8, 3]


def test_display_options_reach_the_picture() -> None:
    body = {"seeds": [1, 2], "scale": 4, "columns": 3, "padding": 1, "invert": True, "frame_ms": 40, "loop": True}
    _, picture = request(**body).plan_and_picture(DIGITS, 100)
    assert picture == Picture(scale=4, columns=3, padding=1, invert=True, frame_ms=40, loop=True)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"seeds": [1, 2], "steps": 100}, "steps"),
        ({"seeds": [1, 2], "steps": 51, "loop": True}, "steps"),
        ({"seeds": [1, 2], "labels": [1, 2, 3]}, "labels"),
        ({"seeds": [1, 2], "labels": [1, 10]}, "labels/1"),
        ({"latents": [[1], [2]]}, "latents"),
        ({"latents": [[1, 2], [2]]}, "latents/1"),
    ],
)
def test_impossible_requests_are_refused_by_field(body: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidPlan) as refused:
        plan(**body)
    assert refused.value.field == field


@pytest.mark.parametrize("body", [{}, {"seeds": [1, 2], "latents": [[1], [2]]}])
def test_exactly_one_source_must_be_given(body: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="give exactly one of seeds, hands and latents"):
        request(**body)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("seeds", [1]),
        ("seeds", 1),
        ("seeds", [1] * 257),
        ("latents", [[1]]),
        ("steps", 0),
        ("steps", 241),
        ("loop", 1),
        ("frame_ms", 10),
        ("frame_ms", 25),
        ("frame_ms", 10_010),
        ("count", 3),
    ],
)
def test_values_out_of_range_or_type_are_refused_by_field(field: str, value: Any) -> None:
    body = {field: value} if field in ("seeds", "latents") else {"seeds": [1, 2], field: value}
    with pytest.raises(ValidationError) as refused:
        request(**body)
    assert refused.value.errors()[0]["loc"][0] == field


def test_every_example_of_the_description_is_a_request() -> None:
    for example in InterpolateRequest.model_json_schema()["examples"]:
        assert len(plan(**example)) > 1
