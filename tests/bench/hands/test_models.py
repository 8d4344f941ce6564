"""Models beside the encoders that fit their latents."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from bench.apps.ways import ROOT
from bench.hands.models import Model, rounded
from digitgan.contract.certainty import errors
from digitgan.contract.errors import ModelRefused
from digitgan.contract.latents import seeds_to_latents

MODELS = ROOT / "exported"


@pytest.mark.parametrize("name", ["digits", "digits-int8", "digits-small"])
def test_model_uses_the_encoder_that_fits_its_latents(name: str) -> None:
    model = Model.load(MODELS, name)
    assert (model.card.model, model.encoder_card.model) == (name, "digits")
    styles = seeds_to_latents(range(20), model.card.style_size)
    labels = np.arange(20) % 10
    drawn = model.draw(styles, labels)
    found = model.encode(drawn)
    assert (found.labels == labels).mean() >= 0.9
    assert np.all((found.confidences > 0.1) & (found.confidences <= 1))
    assert np.linalg.norm(found.styles - styles) < np.linalg.norm(found.styles - styles[::-1])


def test_all_digits_of_a_hand_are_those_drawn_one_by_one() -> None:
    model = Model.load(MODELS, "digits")
    styles = seeds_to_latents([3, 4], model.card.style_size)
    together = model.all_digits(styles)
    assert together.shape == (2, 10, 28, 28)
    assert np.array_equal(together[1, 7], model.draw(styles[1:], np.array([7]))[0])


def test_model_without_a_fitting_encoder_is_refused(tmp_path: Path) -> None:
    for name in ("mlp", "digits"):
        shutil.copytree(MODELS / name, tmp_path / name)
    with pytest.raises(ModelRefused, match="mlp: no encoder"):
        Model.load(tmp_path, "mlp")
    shutil.copytree(MODELS / "digits-int8", tmp_path / "digits-int8")
    card_file = tmp_path / "digits-int8" / "1" / "card.json"
    card = json.loads(card_file.read_text())
    card["variant_of"]["sha256"] = "0" * 64  # another model of that name
    card_file.write_text(json.dumps(card))
    with pytest.raises(ModelRefused, match="digits-int8: no encoder"):
        Model.load(tmp_path, "digits-int8")


def test_errors_are_root_mean_squares_in_grey_levels() -> None:
    black = np.zeros((2, 28, 28), np.uint8)
    other = black.copy()
    other[1, :14] = 100
    assert errors(black, other).tolist() == pytest.approx([0, 100 / np.sqrt(2)])


def test_rounded_styles_are_at_most_half_a_step_away() -> None:
    styles = np.linspace(-3, 3, 128, dtype=np.float32).reshape(2, 64)
    moved = np.abs(rounded(styles) - styles).max()
    assert 0 < moved <= 1 / 64
