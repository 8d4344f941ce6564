"""Knows what is refused before any work. Does not know HTTP."""

from pathlib import Path

import pytest

from digitgan.contract.errors import InvalidPlan
from digitgan.engine.plan import Plan
from digitgan.formats import image_folder, png_body
from digitgan.formats.understood import understand
from digitgan.picture.picture import Picture
from service.offline import engine_of
from service.settings import Settings


def test_what_is_held_at_once_may_be_less_than_what_is_streamed(models_dir: Path) -> None:
    plan = Plan(range(2000), None, [7] * 2000)
    with engine_of(Settings(models_dir=models_dir, batch_images=8)) as engine:
        assert understand(engine, plan, Picture(scale=8), image_folder.FORM).card.model == "digits"
        with pytest.raises(InvalidPlan, match="at most"):
            understand(engine, plan, Picture(scale=8), png_body.FORM)
        with pytest.raises(InvalidPlan, match="0 to 9"):
            understand(engine, Plan([1], None, [10]), Picture(), png_body.FORM)
