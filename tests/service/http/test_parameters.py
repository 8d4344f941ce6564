"""How texts become the values of parameters. The tests of the pictures' addresses show it for each field there."""

from typing import Annotated, Any

import pytest
from pydantic import BaseModel, Field, Strict, ValidationError

from service.http.parameters import Parameters, Texts


class Body(BaseModel):
    count: Annotated[int, Strict(), Field(ge=0)] = 0
    factor: Annotated[float, Strict()] | None = None
    flag: Annotated[bool, Strict()] = False
    name: str = ""


class Query(Parameters, Body):
    pass


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [("count", "7", 7), ("factor", "0.5", 0.5), ("factor", "2", 2.0), ("flag", "true", True), ("name", "7", "7")],
)
def test_text_becomes_the_value_of_a_body(name: str, text: str, value: Any) -> None:
    assert Query.model_validate({name: text}) == Query.model_construct(**{name: value})


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("count", "07", "must be written as 7, not '07'"),
        ("factor", "5e-1", "must be written as 0.5, not '5e-1'"),
        ("flag", "True", "must be written as true, not 'True'"),
        ("count", "seven", "valid integer"),
        ("count", "-1", "greater than or equal to 0"),
    ],
)
def test_other_spellings_and_values_are_refused(name: str, text: str, said: str) -> None:
    with pytest.raises(ValidationError, match=said) as refused:
        Query.model_validate({name: text})
    assert refused.value.errors()[0]["loc"] == (name,)


class Form(Texts, Body):
    pass


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [("count", "07", 7), ("factor", "5e-1", 0.5), ("flag", "True", True), ("flag", "no", False), ("name", "7", "7")],
)
def test_text_of_a_form_may_have_any_spelling(name: str, text: str, value: Any) -> None:
    assert Form.model_validate({name: text}) == Form.model_construct(**{name: value})


@pytest.mark.parametrize(("name", "text"), [("count", "seven"), ("count", "-1"), ("flag", "perhaps"), ("factor", "x")])
def test_text_of_a_form_that_is_no_such_value_is_refused(name: str, text: str) -> None:
    with pytest.raises(ValidationError) as refused:
        Form.model_validate({name: text})
    assert refused.value.errors()[0]["loc"] == (name,)


def test_schema_is_that_of_the_body() -> None:
    assert Query.model_json_schema()["properties"] == Body.model_json_schema()["properties"]
