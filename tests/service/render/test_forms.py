"""Knows that each form on offer renders. Does not know what it looks like."""

import pytest

from service.render.forms import FORMS
from service.render.picture import Picture
from tests.service.render.pictures import generated


@pytest.mark.parametrize("media_type", FORMS)
def test_the_same_images_give_the_same_bytes(media_type: str) -> None:
    render = FORMS[media_type]
    assert render(generated(3), Picture()) == render(generated(3), Picture())


def test_json_is_what_a_client_gets_that_asks_for_nothing() -> None:
    assert next(iter(FORMS)) == "application/json"
