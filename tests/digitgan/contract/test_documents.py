"""Documents with more structure than any valid one are refused before they are parsed."""

import os
import tracemalloc
from pathlib import Path

import pytest
from pydantic import BaseModel, ValidationError

from digitgan.contract.documents import (
    BadDocument,
    Shape,
    name_errors,
    parse_json,
    read_bounded,
    read_json,
    read_lines,
    read_text,
    require_shape,
)

SHAPE = Shape(n_bytes=1000, n_lists=3, n_objects=3, n_items=3)


class Items(BaseModel):
    items: list[int]


@pytest.mark.parametrize("sign", [b"[", b"{", b","])
def test_structure_is_allowed_up_to_its_limit(sign: bytes) -> None:
    require_shape(3 * sign, **SHAPE._asdict())
    with pytest.raises(BadDocument, match=r"about 4 .*; at most 3 are allowed"):
        require_shape(4 * sign, **SHAPE._asdict())


def test_huge_file_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "sparse"
    with path.open("wb") as file:
        os.truncate(file.fileno(), 2**40)
    tracemalloc.start()
    with pytest.raises(BadDocument, match="1,099,511,627,776 bytes; at most 1,000"):
        read_bounded(path, SHAPE)
    assert tracemalloc.get_traced_memory()[1] < 2**20
    tracemalloc.stop()


def test_device_is_refused_unread() -> None:
    with pytest.raises(BadDocument, match="not a regular file"):
        read_bounded(Path("/dev/zero"), SHAPE)


@pytest.mark.parametrize("text", [b"", b"{", b"NaN", b"-Infinity", b"[" * 100_000, b"\xff", b'{"a":' * 100_000])
def test_text_that_is_not_json_is_refused(text: bytes) -> None:
    with pytest.raises(BadDocument, match="not JSON: "):
        parse_json(text)


def test_json_file_is_read_as_a_type(tmp_path: Path) -> None:
    path = tmp_path / "items.json"
    path.write_text('{"items": [1, 2]}')
    assert read_json(path, Items, SHAPE) == Items(items=[1, 2])
    path.write_text('{"items": [1, "x"]}')
    with pytest.raises(BadDocument, match=r"^items/1: "):
        read_json(path, Items, SHAPE)


def test_text_is_read_as_a_type_and_bounded() -> None:
    assert read_text(b'{"items": [1, 2]}', Items, SHAPE) == Items(items=[1, 2])
    for text in (b'{"items": 1}', b"[[[[", b"{"):
        with pytest.raises(BadDocument):
            read_text(text, Items, SHAPE)


def test_lines_are_read_up_to_the_last_complete_one(tmp_path: Path) -> None:
    path = tmp_path / "items.jsonl"
    path.write_text('{"items": [1]}\n{"items": [2]}\n{"ite')
    assert read_lines(path, Items, SHAPE).values == [Items(items=[1]), Items(items=[2])]


@pytest.mark.parametrize("line", [b"{}", b"", b"\0\0\0", b"\xff", b"9" * 5000, b"[" * 3, b"null"])
def test_invalid_line_is_named_beside_the_valid_ones(tmp_path: Path, line: bytes) -> None:
    path = tmp_path / "items.jsonl"
    path.write_bytes(b'{"items": [1]}\n' + line + b'\n{"items":[2]}\n')
    lines = read_lines(path, Items, SHAPE._replace(n_bytes=10_000, n_lists=5))
    assert lines.values == [Items(items=[1]), Items(items=[2])]
    assert lines.texts == [b'{"items": [1]}', b'{"items":[2]}']
    [damage] = lines.damage
    assert damage.startswith("line 2: ")
    assert len(damage) < 1000


def test_first_ten_errors_are_named_and_the_rest_counted() -> None:
    with pytest.raises(ValidationError) as refused:
        Items.model_validate({"items": ["x"] * 1200})
    text = name_errors(refused.value)
    assert text.startswith("items/0: ")
    assert "items/9: " in text
    assert text.endswith("; 1,200 errors; the first 10 are listed")


def test_long_name_of_a_field_is_shortened() -> None:
    with pytest.raises(ValidationError) as refused:
        Items.model_validate({"items": {"y" * 10**6: 1}})
    assert len(name_errors(refused.value)) < 300
