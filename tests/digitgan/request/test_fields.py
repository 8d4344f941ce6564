"""The types, ranges and descriptions of fields that several requests share."""

import re
from typing import Any

import numpy as np
import pytest
from pydantic import BaseModel, TypeAdapter, ValidationError

from digitgan.contract.limits import MAX_SEED
from digitgan.engine.source import Latents, Seeds
from digitgan.request.fields import (
    LabelList,
    NumberList,
    SeedList,
    Truncation,
    check_one_given,
    source_of,
)


def test_numbers_describe_their_range() -> None:
    schema = TypeAdapter(Truncation).json_schema()
    assert (schema["minimum"], schema["maximum"]) == (0, 2)
    assert schema["description"]


@pytest.mark.parametrize(
    ("field", "given", "read"), [(SeedList, 7, [7]), (LabelList, [1, 2], [1, 2]), (NumberList, "42", ["42"])]
)
def test_a_list_of_one_may_be_written_as_its_item(field: Any, given: Any, read: Any) -> None:
    assert TypeAdapter(field).validate_python(given) == read
    alone, listed = TypeAdapter(field).json_schema()["anyOf"]
    assert (alone, listed["type"], listed["minItems"]) == (listed["items"], "array", 1)


@pytest.mark.parametrize("number", ["0", "2026-11-29", " 1,234.50 ", "+49 (30) 9018/20:7", "7%", "9" * 64])
def test_numbers_have_digits_and_signs(number: str) -> None:
    assert TypeAdapter(NumberList).validate_python([number]) == [number]
    schema = TypeAdapter(NumberList).json_schema()["anyOf"][0]
    assert re.search(schema["pattern"], number, re.ASCII)


@pytest.mark.parametrize("number", ["", "-", " .,-/:+%()", "9" * 65, "1" + " " * 64])
def test_numbers_without_a_digit_or_too_long_are_refused(number: str) -> None:
    with pytest.raises(ValidationError, match=r"string_(pattern|too)"):
        TypeAdapter(NumberList).validate_python(number)


@pytest.mark.parametrize(
    ("number", "sign"), [("20a6", "a"), ("1€", "€"), ("٤٢", "٤"), ("1\n", "\n"), ("1\u2212", "\u2212")]
)
def test_unknown_signs_are_named_with_those_that_exist(number: str, sign: str) -> None:
    with pytest.raises(ValidationError) as refused:
        TypeAdapter(NumberList).validate_python([number])
    assert f"must be digits and the signs . , - / : + % ( ) and space; {number!r} has {sign!r}" in str(refused.value)


@pytest.mark.parametrize("text", ["7", "7.0", "[7.0]", "7e0", "0.7e1"])
def test_whole_numbers_may_be_written_in_every_way_of_json(text: str) -> None:
    assert TypeAdapter(SeedList).validate_json(text) == [7]


@pytest.mark.parametrize("text", ["7.5", "true", '"7"', "[null]", "1e400", "NaN", "9007199254740992.0", "-1.0"])
def test_other_numbers_and_types_are_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(SeedList).validate_json(text)


def test_the_largest_seed_is_the_largest_exact_integer_of_json() -> None:
    assert TypeAdapter(SeedList).validate_python(2**53 - 1) == [MAX_SEED]


class Request(BaseModel):
    """A request with three sources."""

    seeds: list[int] | None = None
    latents: list[list[float]] | None = None
    count: int | None = None


@pytest.mark.parametrize("given", [{"seeds": []}, {"latents": [[0]]}, {"count": 1, "seeds": None}])
def test_check_one_given_accepts_exactly_one_field(given: dict[str, Any]) -> None:
    check_one_given(Request(**given), "seeds", "latents", "count")


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ({}, "none"),
        ({"seeds": None}, "none"),
        ({"seeds": [1], "count": 1}, "seeds and count"),
        ({"seeds": [1], "latents": [[1]], "count": 1}, "seeds and latents and count"),
    ],
)
def test_check_one_given_refuses_none_and_several(given: dict[str, Any], found: str) -> None:
    with pytest.raises(ValueError, match=f"^give exactly one of seeds, latents and count, not {found}$"):
        check_one_given(Request(**given), "seeds", "latents", "count")


def test_source_of_takes_seeds_or_latents() -> None:
    seeds, latents = source_of([1, 2]), source_of(None, latents=[np.array([0.5, 1.0])])
    assert isinstance(seeds, Seeds) and list(seeds.values) == [1, 2]
    assert isinstance(latents, Latents) and latents.values.tolist() == [[0.5, 1.0]]
