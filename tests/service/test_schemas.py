"""Knows that what the documentation says of an answer is what the renderers make. Does not know HTTP."""

import json

import pytest

from digitgan.formats.items import items
from digitgan.formats.json_body import FORM, render
from service.schemas import GeneratedNumber, GenerateResponse
from tests.digitgan.formats.pictures import asked, generated, numbers


def test_an_answer_with_images_is_as_documented() -> None:
    for seeds in (True, False):
        some = generated(2, seeds=seeds, labels=seeds)
        answer = json.loads(render(asked(some), some))
        assert GenerateResponse.model_validate(answer).model_dump() == answer


def test_an_answer_with_numbers_is_as_documented() -> None:
    answer = json.loads(render(*numbers("42", "1")))
    assert GenerateResponse.model_validate(answer).model_dump() == answer


@pytest.mark.parametrize("field", GeneratedNumber.model_fields)
def test_every_field_of_a_number_is_made(field: str) -> None:
    assert field == "png" or field in items(*numbers("42"))[0].record


def test_the_example_of_the_documentation_is_an_answer() -> None:
    GenerateResponse.model_validate(FORM.example)
