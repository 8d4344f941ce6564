"""Calibration uses each real digit once, even if there are few."""

from typing import NoReturn

import pytest

from tests.commands import digitgan
from training.data import Dataset
from training.metrics import calibration
from training.metrics.reference import Judges


class AskedFor(Exception):
    """The requested number of images per draw of the reference."""


def test_calibration_draws_at_most_the_available_digits(monkeypatch: pytest.MonkeyPatch) -> None:
    def tell(_dataset: Dataset, _judges: Judges, n_images: int) -> NoReturn:
        raise AskedFor(n_images)

    monkeypatch.setattr(calibration, "reference", tell)
    with pytest.raises(AskedFor, match="5000"):
        digitgan("calibrate", "--data", "sample", "--images", "10000")
