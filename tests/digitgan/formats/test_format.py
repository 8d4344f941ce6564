"""What a format says about its encoder."""

from dataclasses import replace
from importlib.metadata import version

from digitgan.formats.registry import PNG, WEBP
from digitgan.png.encoder import ENCODER_ID


def test_format_names_its_encoder_with_a_version() -> None:
    assert PNG.encoder == f"digitgan-{ENCODER_ID}"
    assert WEBP.encoder == f"pillow-{version('pillow')}"


def test_format_is_installed_if_its_distribution_is() -> None:
    assert PNG.is_installed
    assert replace(WEBP, extra="pictures").is_installed  # Pillow is imported as PIL
    assert not replace(WEBP, extra="pictures", library="no-such-distribution").is_installed
    assert replace(WEBP, library="no-such-distribution").is_installed  # not an extra: always there
