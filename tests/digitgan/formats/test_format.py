"""Knows what a form says of who made its bytes. Does not know any form's bytes."""

from importlib.metadata import version

from digitgan.formats import png_body, webp_body
from digitgan.png.encoder import ENCODER_ID


def test_a_form_names_the_encoder_and_its_version_so_that_a_tag_can() -> None:
    assert png_body.FORM.encoder == f"digitgan-{ENCODER_ID}"
    assert webp_body.FORM.encoder == f"pillow-{version('pillow')}"
