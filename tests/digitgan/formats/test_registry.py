"""Knows what holds for each form on offer. Does not know what any of them looks like."""

import pytest

from digitgan.formats.format import Streamed
from digitgan.formats.registry import FRAMES as FORMS
from digitgan.picture.picture import Picture
from tests.digitgan.formats.pictures import asked, body, generated, numbers, pieces


@pytest.mark.parametrize("media_type", FORMS)
def test_the_same_images_give_the_same_bytes(media_type: str) -> None:
    some = generated(3)
    assert body(FORMS[media_type], asked(some), some) == body(FORMS[media_type], asked(some), some)


@pytest.mark.parametrize("media_type", [name for name, form in FORMS.items() if isinstance(form, Streamed)])
def test_how_a_stream_is_cut_does_not_change_its_bytes(media_type: str) -> None:
    some = generated(7)
    assert body(FORMS[media_type], asked(some), some, 1) == body(FORMS[media_type], asked(some), some, 7)


@pytest.mark.parametrize("media_type", [name for name, form in FORMS.items() if isinstance(form, Streamed)])
def test_a_streams_chunks_go_out_one_by_one(media_type: str) -> None:
    form, some = FORMS[media_type], generated(6)
    assert isinstance(form, Streamed)
    made = pieces(form, asked(some), some)
    assert len(made) >= 3
    if form.size:
        assert form.size(asked(some)) == sum(map(len, made))


@pytest.mark.parametrize("media_type", FORMS)
def test_every_form_shows_scale_and_ink(media_type: str) -> None:
    some = generated(2)
    plain = body(FORMS[media_type], asked(some), some)
    assert body(FORMS[media_type], asked(some, Picture(scale=2)), some) != plain
    assert body(FORMS[media_type], asked(some, Picture(invert=True)), some) != plain


@pytest.mark.parametrize("media_type", FORMS)
def test_every_form_takes_numbers(media_type: str) -> None:
    request, some = numbers("12", "345")
    assert body(FORMS[media_type], request, some, 5)


def test_json_is_what_a_client_gets_that_asks_for_nothing() -> None:
    assert next(iter(FORMS)) == "application/json"
