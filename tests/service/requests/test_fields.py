"""Knows that a shared field says its range in the documentation. Does not know requests."""

from typing import Any

import pytest
from pydantic import TypeAdapter

from service.engine.latents import MAX_SEED
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
    assert [kind["type"] == "array" for kind in TypeAdapter(field).json_schema()["anyOf"]] == [False, True]


def test_the_largest_seed_is_the_largest_integer_that_json_keeps_exact() -> None:
    assert TypeAdapter(Seeds).validate_python(2**53 - 1) == [MAX_SEED]
