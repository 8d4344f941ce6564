"""Knows what must change a tag, and what must not. Does not know HTTP."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from digitgan.contract.card import ModelFile
from digitgan.formats import json_body, png_body, webp_body
from digitgan.formats.format import Whole
from digitgan.picture.job import Asked
from digitgan.picture.picture import Picture
from service.http.etag import etag, matches
from tests.cards import a_card
from tests.digitgan.formats.pictures import asked, generated

REQUEST = asked(generated(2))


def test_the_same_request_has_the_same_tag() -> None:
    assert etag(REQUEST, png_body.FORM, "") == etag(asked(generated(2)), png_body.FORM, "")


@pytest.mark.parametrize(
    "changes",
    [
        {"seeds": [100, 102]},
        {"labels": [0, 2]},
        {"labels": None},
        {"truncation": 0.5},
        {"seeds": None, "latents": np.zeros((2, 4), np.float32)},
        {"seeds": None, "latents": np.ones((2, 4), np.float32)},
    ],
)
def test_another_plan_has_another_tag(changes: dict[str, Any]) -> None:
    other = replace(REQUEST, plan=replace(REQUEST.plan, **changes))
    assert etag(other, png_body.FORM, "") != etag(REQUEST, png_body.FORM, "")


def test_other_latents_have_another_tag() -> None:
    one, other = (
        replace(REQUEST, plan=replace(REQUEST.plan, seeds=None, latents=np.full((2, 4), value, np.float32)))
        for value in (0.0, 1e-30)
    )
    assert etag(one, png_body.FORM, "") != etag(other, png_body.FORM, "")


@pytest.mark.parametrize(
    "picture",
    [
        Picture(2),
        Picture(columns=1),
        Picture(padding=1),
        Picture(invert=True),
        Picture(numbers=("01",)),
        Picture(gap=1),
        Picture(metadata=True),
    ],
)
def test_shown_in_another_way_it_has_another_tag(picture: Picture) -> None:
    assert etag(replace(REQUEST, picture=picture), png_body.FORM, "") != etag(REQUEST, png_body.FORM, "")


def test_between_other_keys_it_has_another_tag() -> None:
    tags = {etag(replace(REQUEST, keys=keys), png_body.FORM, "") for keys in (None, {"seeds": [1]}, {"seeds": [2]})}
    assert len(tags) == 3


def other_bytes() -> Asked:
    file = ModelFile(sha256="f" * 64, size_bytes=1, opset=20, ir_version=10)
    return replace(REQUEST, card=a_card(file=file))


def test_other_bytes_of_the_model_the_form_or_the_coding_have_another_tag() -> None:
    tags = {
        etag(REQUEST, png_body.FORM, ""),
        etag(REQUEST, png_body.FORM, "gzip"),
        etag(REQUEST, json_body.FORM, ""),
        etag(REQUEST, webp_body.FORM, ""),
        etag(other_bytes(), png_body.FORM, ""),
    }
    assert len(tags) == 5


def test_another_encoder_has_another_tag(monkeypatch: pytest.MonkeyPatch) -> None:
    before = etag(REQUEST, png_body.FORM, "")
    monkeypatch.setattr("digitgan.formats.format.OURS", "digitgan-2")
    assert etag(REQUEST, png_body.FORM, "") != before
    assert isinstance(png_body.FORM, Whole)


@pytest.mark.parametrize(
    ("condition", "is_match"),
    [
        (None, False),
        ("", False),
        ('"a"', True),
        ('W/"a"', True),
        ('"b", "a"', True),
        ('"b" ,W/"a"', True),
        ("*", True),
        ('"b"', False),
        ("a", False),
        ('"ab"', False),
    ],
)
def test_a_condition_names_tags_to_be_compared_weakly(condition: str | None, is_match: bool) -> None:
    assert matches(condition, '"a"') == is_match


def test_what_has_no_tag_matches_nothing() -> None:
    assert not matches("*", None)
