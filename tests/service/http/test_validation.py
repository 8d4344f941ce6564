"""How errors in requests are reported: where, in which words, and how many."""

import json
from typing import Annotated, Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, Field, Strict, StringConstraints, ValidationError, model_validator

from service.http.validation import InvalidRequest, NotJson, invalid_body, pointer
from service.protocols.inference_schemas import InferRequest
from service.protocols.openai_schemas import ImagesRequest
from service.routes.dataset import DatasetRequest
from service.routes.generate import GenerateRequest
from service.routes.interpolate import InterpolateRequest
from service.routes.latents import LatentsRequest


class Other(BaseModel):
    """Fields of further kinds."""

    model_config = ConfigDict(extra="forbid")

    size: Annotated[int, Strict(), Field(le=1_000_000)]
    code: Annotated[str, StringConstraints(pattern="^[0-9]+$", max_length=1000)] = "1"
    flag: Annotated[bool, Strict()] = False
    kind: Literal["png", "webp"] = "png"
    counts: list[int] = []

    @model_validator(mode="after")
    def _is_no_multiple_of_seven(self) -> "Other":
        if self.size % 7 == 0:
            raise ValueError("size must not be a multiple of 7")
        return self


def invalid(model: type[BaseModel], content: str) -> InvalidRequest | NotJson:
    with pytest.raises(ValidationError) as raised:
        model.model_validate_json(content)
    return invalid_body(raised.value, model)


def messages(model: type[BaseModel], content: str) -> dict[str, str]:
    refused = invalid(model, content)
    assert isinstance(refused, InvalidRequest)
    return {error.pointer: error.message for error in refused.errors}


@pytest.mark.parametrize(
    ("content", "at", "message"),
    [
        ("{}", "/size", "this field is required; it must be an integer"),
        ('{"size": "1"}', "/size", "must be an integer, not '1'"),
        ('{"size": 1.5}', "/size", "must be an integer, not 1.5"),
        ('{"size": 1, "code": "x"}', "/code", "must be text that matches ^[0-9]+$, not 'x'"),
        ('{"size": 1, "code": 7}', "/code", "must be text, not 7"),
        ('{"size": 1, "flag": 1}', "/flag", "must be true or false, not 1"),
        ('{"size": 1, "kind": "gif"}', "/kind", "must be 'png' or 'webp', not 'gif'"),
        ('{"size": 1, "counts": null}', "/counts", "must be a list, not null"),
        ('{"size": 1, "counts": [[1, 2]]}', "/counts/0", "must be an integer, not a list of 2 items"),
        ('{"size": 1, "counts": [{}]}', "/counts/0", "must be an integer, not an object"),
        ('{"size": 1, "counts": [NaN]}', "/counts/0", "must be an integer, not NaN"),
        ('{"size": 1, "counts": [true, 1e400]}', "/counts/1", "must be an integer, not Infinity"),
        ('{"size": 7}', "", "size must not be a multiple of 7"),
        ("[]", "", "must be a JSON object, not an empty list"),
        ('{"size": 1, "lag": true}', "/lag", "no field 'lag'; did you mean 'flag'?"),
        ('{"size": 1, "x": 1}', "/x", "no field 'x'; available fields: size, code, flag, kind, counts"),
    ],
)
def test_messages_say_what_is_wrong_and_what_is_allowed(content: str, at: str, message: str) -> None:
    assert messages(Other, content)[at] == message


def test_messages_show_the_beginning_of_a_long_value() -> None:
    [message] = messages(Other, json.dumps({"size": 1, "code": "x" * 10_000})).values()
    assert message == f"must be text of at most 1,000 characters, not '{'x' * 39}…"


@pytest.mark.parametrize(("n", "is_cut"), [(10, False), (11, True), (999, True)])
def test_the_first_ten_errors_are_listed_and_all_are_counted(n: int, is_cut: bool) -> None:
    refused = invalid(Other, json.dumps({"size": 1, "counts": ["a"] * n}))
    assert isinstance(refused, InvalidRequest)
    assert [error.pointer for error in refused.errors] == [f"/counts/{i}" for i in range(10)]
    assert refused.errors[0].message == "must be an integer, not 'a'"
    assert str(refused).endswith(f"; {n:,} errors; the first 10 are listed") == is_cut


def test_a_list_that_fails_fast_names_its_first_wrong_item() -> None:
    refused = invalid(GenerateRequest, json.dumps({"seeds": [1, "a"] + ["b"] * 10_000}))
    assert isinstance(refused, InvalidRequest)
    assert [error.pointer for error in refused.errors] == ["/seeds/1"]


@pytest.mark.parametrize("content", ["", "{", "size=1", '{"size": 1,}'])
def test_content_that_is_not_json_is_refused_with_its_place(content: str) -> None:
    refused = invalid(Other, content)
    assert isinstance(refused, NotJson)
    assert str(refused).startswith("the body is not JSON: ")
    assert "line 1 column" in str(refused)


@pytest.mark.parametrize(
    ("place", "text"),
    [((), ""), (("seeds", 0), "/seeds/0"), (("a/b~c",), "/a~1b~0c"), (("k" * 101,), f"/{'k' * 100}…")],
)
def test_pointer_follows_rfc_6901(place: tuple[str | int, ...], text: str) -> None:
    assert pointer(place) == text


MODELS = [GenerateRequest, InterpolateRequest, DatasetRequest, LatentsRequest, ImagesRequest, InferRequest]
scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
lists = st.lists(scalars | st.lists(scalars, max_size=3), max_size=3)
values = scalars | lists | st.dictionaries(st.sampled_from(["name", "data", "x"]), scalars | lists)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
@given(st.data())
def test_message_is_never_the_librarys_own(model: type[BaseModel], data: st.DataObject) -> None:
    names = st.sampled_from([*model.model_fields, "colour"])
    content: Any = json.dumps(data.draw(st.dictionaries(names, values, max_size=4) | values))
    try:
        model.model_validate_json(content)
    except ValidationError as error:
        refused = invalid_body(error, model)
        raw = {each["msg"] for each in error.errors() if each["type"] != "json_invalid"}
        assert not any(each in str(refused) for each in raw)
        assert "Input" not in str(refused)
