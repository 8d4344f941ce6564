"""Sizes of images in cards: what follows from them, and which are refused."""

import re
from typing import Any

import pytest
from pydantic import ValidationError

from digitgan.contract.card import Card
from digitgan.contract.image_size import in_words
from tests.cards import a_card, an_encoder


def colour(height: int, width: int) -> Card:
    return a_card(image_height=height, image_width=width, image_channels=3)


def test_shape_bytes_and_weight_follow_from_the_sides() -> None:
    grey, tints, large = a_card(image_height=28, image_width=28), colour(12, 20), colour(256, 256)
    assert (grey.image_shape, tints.image_shape) == ((28, 28), (12, 20, 3))
    assert in_words(tints.image_shape) == "12 x 20 x 3"
    assert [each.image_bytes for each in (grey, tints, large)] == [784, 720, 196_608]
    assert [each.image_weight for each in (grey, tints, large)] == [1, 1, 48]


def test_card_names_its_channels_in_colour_alone() -> None:
    assert "image_channels" not in a_card().model_dump()
    assert Card.model_validate_json(colour(12, 20).model_dump_json()).image_channels == 3


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"image_channels": 2}, "image_channels"),
        ({"image_channels": 3, "image_height": 257}, "image_height must be at most 256 in colour, not 257"),
        ({"image_channels": 3, "image_width": 300}, "image_width must be at most 256 in colour, not 300"),
        ({"image_channels": 3, "encoder": an_encoder(b"onnx")}, "encoder must be null in colour"),
        ({"image_height": 2**13, "image_width": 2**12}, "is more than 16,777,216 pixels"),
    ],
    ids=["channels", "height", "width", "encoder", "pixels"],
)
def test_other_sizes_are_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=re.escape(message)):
        a_card(**changes)
