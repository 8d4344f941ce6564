"""Knows that what is allowed is said of every kind of place in a body. Does not know bodies of the service."""

from collections.abc import Sequence
from typing import Annotated

import pytest
from pydantic import BaseModel, Field

from service.requests.allowed import allowed


class Part(BaseModel):
    """What stands inside."""

    weight: Annotated[float, Field(ge=0, le=0.5)]


class Body(BaseModel):
    """One field of each kind."""

    side: Annotated[int, Field(ge=1, le=32)] = 1
    seed: Annotated[int, Field(ge=0)] | Annotated[list[Annotated[int, Field(ge=0)]], Field(min_length=1)] | None = None
    free: float | None = None
    parts: Annotated[list[Part], Field(min_length=2, max_length=4)] = []
    name: str = ""


@pytest.mark.parametrize(
    ("place", "said"),
    [
        (["side"], "an integer from 1 to 32 is allowed"),
        (["seed"], "an integer from 0 or a list of 1 or more is allowed"),
        (["seed", 7], "an integer from 0 is allowed"),
        (["free"], "a finite number is allowed"),
        (["parts"], "a list of 2 to 4 is allowed"),
        (["parts", 3, "weight"], "a finite number from 0 to 0.5 is allowed"),
        (["parts", 3, "height"], "the fields are weight"),
        (["colour"], "the fields are side, seed, free, parts, name"),
        (["name"], None),
        (["name", "first"], None),
        (["colour", "depth"], None),
        ([], None),
    ],
)
def test_what_is_allowed_is_said_in_words(place: Sequence[str | int], said: str | None) -> None:
    assert allowed(Body, place) == said
