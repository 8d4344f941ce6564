"""Knows which bodies are read, and where. Does not know bodies of the service."""

import asyncio
import threading
from collections.abc import Iterator
from typing import Annotated

import pytest
from fastapi.exceptions import RequestValidationError
from pydantic import AfterValidator, BaseModel

from service import problems
from service.routes.reading import read

MOST = 40_000
SPACE = b" " * 40_000  # makes a body large, and is nothing

parsed_in: list[threading.Thread] = []


def note(value: int) -> int:
    parsed_in.append(threading.current_thread())
    return value


class Sum(BaseModel):
    """Numbers to add, once or in rows."""

    numbers: list[int] = []
    rows: list[list[int]] = []
    once: Annotated[int, AfterValidator(note)] = 0


@pytest.fixture(autouse=True)
def _nothing_is_parsed_yet() -> Iterator[None]:
    parsed_in.clear()
    yield


def read_now(content: bytes, most_items: int = MOST) -> Sum:
    return asyncio.run(read(content, Sum, most_items))


def faults_of(content: bytes) -> list[dict[str, object]]:
    with pytest.raises(RequestValidationError) as refused:
        read_now(content)
    return list(refused.value.errors())


def test_a_small_body_is_parsed_where_it_is_and_a_large_one_elsewhere() -> None:
    small, large = read_now(b'{"once": 7}'), read_now(b'{"once": 7}' + SPACE)
    here, elsewhere = parsed_in
    assert small.once == large.once == 7
    assert here is threading.current_thread()
    assert elsewhere is not here


@pytest.mark.parametrize(
    ("field", "items"),
    [("numbers", b",".join([b"1"] * MOST)), ("rows", b",".join([b"[1]"] * MOST)), ("rows", b",".join([b"[]"] * MOST))],
    ids=["numbers", "rows", "empty rows"],
)
def test_as_many_items_as_there_may_be_are_read(field: str, items: bytes) -> None:
    body = read_now(b'{"once": 1, "%b": [%b]}' % (field.encode(), items) + SPACE)
    assert len(getattr(body, field)) == MOST


@pytest.mark.parametrize("item", [b"[1]", b"[]", b"[[[]]]"])
def test_more_lists_than_there_may_be_are_refused_before_anything_is_parsed(item: bytes) -> None:
    [fault] = faults_of(b'{"once": 1, "rows": [%b]}' % b",".join([item] * (MOST + 100)))
    assert fault["loc"] == ("body",)
    assert f"at most {MOST}" in str(fault["msg"])
    assert not parsed_in


@pytest.mark.parametrize("item", [b"1", b'"one"', b'{"a":1}'])
def test_more_items_of_one_list_than_of_two_are_refused_before_anything_is_parsed(item: bytes) -> None:
    [fault] = faults_of(b'{"once": 1, "numbers": [%b]}' % b",".join([item] * (2 * MOST + 100)))
    assert fault["loc"] == ("body",)
    assert not parsed_in


@pytest.mark.parametrize(("rows", "columns"), [(1, 4_000), (10, 4_000), (1_000, 100)])
def test_rows_may_have_many_numbers_each_though_few_rows_are_allowed(rows: int, columns: int) -> None:
    row = b"[%b]" % b",".join([b"1"] * columns)
    body = read_now(b'{"rows": [%b]}' % b",".join([row] * rows) + SPACE, most_items=rows)
    assert [len(each) for each in body.rows] == [columns] * rows


def test_a_fault_of_a_large_body_is_pointed_at() -> None:
    [fault] = faults_of(b'{"numbers": [1, "two"]}' + SPACE)
    assert fault["loc"] == ("body", "numbers", 1)
    [fault] = faults_of(SPACE)
    assert fault["type"] == "json_invalid"


def test_of_very_many_faults_only_their_number_is_told() -> None:
    few, many = (faults_of(b'{"numbers": ["a"' + b',"a"' * n + b"]}") for n in (999, 1_000))
    assert [fault["loc"] for fault in few] == [("body", "numbers", i) for i in range(problems.MOST_ERRORS)]
    assert [fault["loc"] for fault in many] == [("body",)]
    assert "1001 faults" in str(many[0]["msg"])
