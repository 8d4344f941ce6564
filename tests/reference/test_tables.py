"""Tables, and the values that a schema allows in words."""

import pytest

from reference.tables import Schema, allowed, anchor, cell, table


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({"type": "integer", "minimum": 0.0, "maximum": 2**53 - 1}, "integer 0 to 2^53 - 1"),
        ({"type": "number", "exclusiveMinimum": 0}, "number above 0"),
        ({"type": "array", "items": {"type": "string"}, "maxItems": 1024}, "list of at most 1,024 texts"),
        ({"anyOf": [{"type": "integer"}, {"type": "null"}]}, "integer"),
        (
            {"anyOf": [{"type": "integer"}, {"type": "array", "items": {"type": "integer"}}]},
            "integer or list of integers",
        ),
        ({"enum": ["a", "b"]}, "`a`, `b`"),
        ({"type": "string", "pattern": "^(a|b)$"}, r"text like `^(a\|b)$`"),
        ({"$ref": "#/components/schemas/Box"}, "[Box]"),
        ({"type": "object", "additionalProperties": {"type": "number"}}, "object of number"),
    ],
)
def test_allowed_values_are_described_in_words(schema: Schema, words: str) -> None:
    assert allowed(schema, "[{}]".format) == words


def test_table_omits_empty_columns() -> None:
    assert table(("a", "b", "c"), [("1", "", "3"), ("4", "", "")]) == "| a | c |\n| --- | --- |\n| 1 | 3 |\n| 4 |  |\n"


def test_cell_escapes_markup() -> None:
    assert cell("a | b\n <c>") == r"a \| b &lt;c>"


def test_anchor_matches_its_heading() -> None:
    assert anchor("GET /digits/{label}/{seed}.png") == "get-digitslabelseedpng"
