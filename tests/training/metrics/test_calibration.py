"""Knows that real digits are measured once each, also where there are few."""

from typing import NoReturn

import pytest

from tests.commands import digitgan
from training.data import Dataset
from training.metrics import calibration
from training.metrics.reference import Judges


class AskedFor(Exception):
    """How many images a draw of the reference was to have."""


def test_a_draw_has_no_more_digits_than_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    def tell(_dataset: Dataset, _judges: Judges, n_images: int) -> NoReturn:
        raise AskedFor(n_images)

    monkeypatch.setattr(calibration, "reference", tell)
    with pytest.raises(AskedFor, match="5000"):
        digitgan("calibrate", "--data", "sample", "--images", "10000")
