"""What a format says about its encoder, and where its work is done."""

import asyncio
import threading
from dataclasses import replace
from importlib.metadata import version

import pytest

from digitgan.formats.format import FEW_IMAGES, run_aside
from digitgan.formats.registry import PARQUET, PNG, WEBP
from digitgan.png.encoder import ENCODER_ID


def test_format_names_its_encoder_with_a_version() -> None:
    assert PNG.encoder == f"digitgan-{ENCODER_ID}"
    assert WEBP.encoder == f"pillow-{version('pillow')}"


def test_format_is_installed_if_its_distribution_is() -> None:
    assert PNG.is_installed
    assert PARQUET.is_installed
    assert replace(WEBP, extra="pictures").is_installed  # Pillow is imported as PIL
    assert not replace(WEBP, extra="pictures", library="no-such-distribution").is_installed
    assert replace(WEBP, library="no-such-distribution").is_installed  # not an extra: always there


@pytest.mark.parametrize("n", [FEW_IMAGES, FEW_IMAGES + 1])
def test_many_images_are_encoded_in_a_thread(n: int) -> None:
    thread = asyncio.run(run_aside(n, FEW_IMAGES, threading.current_thread))
    assert (thread is threading.current_thread()) == (n <= FEW_IMAGES)
