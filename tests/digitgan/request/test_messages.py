"""What a schema allows, in words; `tests/service/http/test_validation` has the messages."""

from collections.abc import Sequence
from typing import Annotated

import pytest
from pydantic import BaseModel, ConfigDict, Field

from digitgan.contract.errors import InvalidPlan
from digitgan.request.messages import allowed, validated

_Codes = Annotated[list[str], Field(min_length=1)]


class Part(BaseModel):
    """A nested part."""

    weight: Annotated[float, Field(ge=0, le=0.5)]


class Body(BaseModel):
    """One field of each kind."""

    model_config = ConfigDict(extra="forbid")

    side: Annotated[int, Field(ge=1, le=32)] = 1
    seed: Annotated[int, Field(ge=0)] | Annotated[list[Annotated[int, Field(ge=0)]], Field(min_length=1)] | None = None
    free: float | None = None
    parts: Annotated[list[Part], Field(min_length=2, max_length=4)] = []
    name: str = ""
    code: str | _Codes | Annotated[list[_Codes], Field(min_length=1)] = "0"
    step: Annotated[int, Field(ge=20, le=10_000, multiple_of=10)] = 20


@pytest.mark.parametrize(
    ("place", "text"),
    [
        (["side"], "an integer from 1 to 32"),
        (["seed"], "an integer of at least 0 or a list of at least 1 item"),
        (["seed", 7], "an integer of at least 0"),
        (["free"], "a finite number"),
        (["parts"], "a list of 2 to 4 items"),
        (["parts", 3, "weight"], "a finite number from 0 to 0.5"),
        (["step"], "an integer from 20 to 10,000 in steps of 10"),
        (["parts", 3, "height"], None),
        (["colour"], None),
        (["name"], None),
        (["code"], "text or a list of at least 1 item"),
        (["name", "first"], None),
        ([], None),
    ],
)
def test_allowed_states_what_the_schema_allows(place: Sequence[str | int], text: str | None) -> None:
    assert allowed(Body, place) == text


def test_misspelt_name_is_reported_before_what_is_missing_because_of_it() -> None:
    class Needy(BaseModel):
        model_config = ConfigDict(extra="forbid")
        count: int

    with pytest.raises(InvalidPlan, match="no item 'cuont'; did you mean 'count'"):
        validated(Needy, {"cuont": 1}, "item")
