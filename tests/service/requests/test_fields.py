"""Knows that a shared field says its range in the documentation. Does not know requests."""

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from digitgan.contract.latents import MAX_SEED
from service.requests.fields import Gap, Labels, Numbers, Scale, Seeds, Truncation


@pytest.mark.parametrize(
    ("field", "lowest", "highest"),
    [(Gap, 0, 28), (Scale, 1, 32), (Truncation, 0, 2)],
    ids=["gap", "scale", "truncation"],
)
def test_a_number_says_its_range(field: Any, lowest: int, highest: int) -> None:
    schema = TypeAdapter(field).json_schema()
    assert (schema["minimum"], schema["maximum"]) == (lowest, highest)
    assert schema["description"]


@pytest.mark.parametrize(
    ("field", "given", "read"), [(Seeds, 7, [7]), (Labels, [1, 2], [1, 2]), (Numbers, "42", ["42"])]
)
def test_a_list_may_be_written_as_its_only_item(field: Any, given: Any, read: Any) -> None:
    assert TypeAdapter(field).validate_python(given) == read
    alone, listed = TypeAdapter(field).json_schema()["anyOf"]
    assert (alone, listed["type"], listed["minItems"]) == (listed["items"], "array", 1)


@pytest.mark.parametrize("text", ["7", "7.0", "[7.0]", "7e0", "0.7e1"])
def test_a_whole_number_may_be_written_in_each_way_that_json_has(text: str) -> None:
    assert TypeAdapter(Seeds).validate_json(text) == [7]


@pytest.mark.parametrize("text", ["7.5", "true", '"7"', "[null]", "1e400", "NaN", "9007199254740992.0", "-1.0"])
def test_what_is_no_whole_number_of_the_range_is_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Seeds).validate_json(text)


def test_the_largest_seed_is_the_largest_integer_that_json_keeps_exact() -> None:
    assert TypeAdapter(Seeds).validate_python(2**53 - 1) == [MAX_SEED]
