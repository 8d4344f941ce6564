"""Knows what the documentation must say of an answer's forms. Does not know the forms."""

from service.render import json_body, npy_body, png_body
from service.routes.documented import answer_of
from service.schemas import GenerateResponse


def test_every_form_is_described_and_only_bytes_are_binary() -> None:
    described = answer_of([json_body.FORM, png_body.FORM, npy_body.FORM], GenerateResponse)[200]
    assert described["model"] is GenerateResponse
    assert described["content"]["application/json"] == {"example": json_body.FORM.example}
    assert described["content"]["image/png"]["schema"]["format"] == "binary"
    for form in (json_body.FORM, png_body.FORM, npy_body.FORM):
        assert f"`{form.media_type}`: {form.description}" in described["description"]


def test_without_a_json_form_there_is_no_model() -> None:
    assert "model" not in answer_of([png_body.FORM])[200]
