"""Knows what a reader of lines must find. Does not know HTTP."""

import json

from digitgan.formats import json_body
from digitgan.formats.ndjson_body import FORM
from tests.digitgan.formats.pictures import asked, body, generated, pieces


def test_a_line_is_an_image_as_json_has_it() -> None:
    some = generated(5)
    lines = body(FORM, asked(some), some).decode().splitlines()
    whole = json.loads(json_body.render(asked(some), some))
    source = {"model": whole["model"], "version": whole["version"]}
    assert [json.loads(line) for line in lines] == [source | image for image in whole["images"]]


def test_no_line_is_cut_by_a_chunk() -> None:
    some = generated(5)
    assert all(piece.endswith(b"\n") for piece in pieces(FORM, asked(some), some))
