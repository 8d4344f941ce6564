"""Knows what a request for frames may say and which plan comes of it. Does not know models or HTTP."""

import json
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from digitgan.contract.errors import InvalidPlan
from digitgan.contract.latents import seeds_to_latents
from digitgan.engine.plan import Plan
from digitgan.picture.picture import Picture
from service.requests.interpolate import InterpolateRequest
from tests.cards import a_card

DIGITS = a_card(model="digits", n_classes=10, latent_size=14)


def asked(**body: Any) -> InterpolateRequest:
    return InterpolateRequest.model_validate_json(json.dumps(body))


def plan(**body: Any) -> Plan:
    return asked(**body).plan_and_picture(DIGITS, 100)[0]


def test_frames_go_from_seed_to_seed() -> None:
    made = plan(seeds=[1, 2, 3], steps=4, truncation=0.5, model="digits", version="1")
    assert made.seeds is made.labels is None
    assert made.latents is not None and np.array_equal(made.latents[::4], seeds_to_latents([1, 2, 3], 14))
    assert (len(made), made.truncation, made.model, made.version) == (9, 0.5, "digits", "1")


def test_frames_go_from_latent_to_latent() -> None:
    keys = [[0.5] * 14, [0.25] * 14]
    made = plan(latents=keys, steps=2, loop=True)
    assert made.latents is not None and made.latents[::2].tolist() == keys


def test_one_label_is_for_all_frames_and_one_a_key_for_those_near_it() -> None:
    assert plan(seeds=[1, 2], labels=7, steps=3).labels == [7] * 4
    assert plan(seeds=[1, 2], labels=[3, 8], steps=4).labels == [3, 3, 8, 8, 8]
    assert plan(seeds=[1, 2], labels=[3, 8], steps=2, loop=True).labels == [3, 8, 8, 3]


def test_how_to_show_it_reaches_the_picture() -> None:
    body = {"seeds": [1, 2], "scale": 4, "columns": 3, "padding": 1, "invert": True, "frame_ms": 40, "loop": True}
    _, picture = asked(**body).plan_and_picture(DIGITS, 100)
    assert picture == Picture(4, 3, 1, True, frame_ms=40, loop=True)


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
def test_what_cannot_be_had_is_refused_by_field(body: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidPlan) as refused:
        plan(**body)
    assert refused.value.field == field


@pytest.mark.parametrize("body", [{}, {"seeds": [1, 2], "latents": [[1], [2]]}])
def test_exactly_one_source_is_named(body: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="give exactly one of seeds and latents"):
        asked(**body)


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
def test_a_value_out_of_its_range_or_type_is_refused_by_field(field: str, value: Any) -> None:
    body = {field: value} if field in ("seeds", "latents") else {"seeds": [1, 2], field: value}
    with pytest.raises(ValidationError) as refused:
        asked(**body)
    assert refused.value.errors()[0]["loc"][0] == field


def test_every_example_of_the_documentation_is_a_request() -> None:
    for example in InterpolateRequest.model_json_schema()["examples"]:
        assert len(plan(**example)) > 1
