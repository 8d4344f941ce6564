"""Knows that real digits are measured once each, also where there are few."""

from typing import NoReturn

import pytest
from typer.testing import CliRunner

from training import cli
from training.data import Dataset
from training.metrics import calibration
from training.metrics.reference import Judges


class AskedFor(Exception):
    """How many images a draw of the reference was to have."""


def test_a_draw_has_no_more_digits_than_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    def tell(_dataset: Dataset, _judges: Judges, n_images: int) -> NoReturn:
        raise AskedFor(n_images)

    monkeypatch.setattr(calibration, "reference", tell)
    result = CliRunner().invoke(cli.app, ["calibrate", "--data", "sample", "--images", "10000"])
    assert isinstance(result.exception, AskedFor)
    assert result.exception.args == (5000,)
