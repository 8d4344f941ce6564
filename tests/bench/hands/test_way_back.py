"""How near hands come to the digits that they were read from."""

from functools import cache

import numpy as np
import onnx
import pytest

from bench.apps.ways import ROOT
from bench.hands import way_back
from bench.hands.models import Model
from digitgan.contract.certainty import errors
from digitgan.contract.latents import seeds_to_latents
from training import data
from training.graphs import parity
from training.graphs.reading import generator_of
from training.metrics.judge import load_judge

GRAPH = ROOT / "exported" / "digits" / "1" / "model.onnx"


@pytest.fixture(autouse=True)
def few_latents(monkeypatch: pytest.MonkeyPatch) -> None:
    """Compare the generator with its graph on few latents; tests of `generator_of` compare more."""
    monkeypatch.setattr(parity, "N_LATENTS", 10)


@cache
def model() -> Model:
    return Model.load(ROOT / "exported", "digits")


def test_gradient_comes_nearer_and_a_pull_shortens_styles() -> None:
    real = data.load("sample")
    images, labels = real.test_images[:4], real.test_labels[:4]
    start = np.zeros((4, model().card.style_size), np.float32)
    generator = generator_of(onnx.load(GRAPH), model().card.style_size, 10)
    far = errors(model().draw(start, labels), images)
    free, pulled = (way_back.best_styles(generator, images, labels, start, pull, n_steps=60) for pull in (0, 0.2))
    assert (errors(model().draw(free, labels), images) < 0.6 * far).all()
    assert (np.linalg.norm(pulled, axis=1) < np.linalg.norm(free, axis=1)).all()


def test_figures_are_those_of_the_digits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(way_back, "_STEPS", 20)
    monkeypatch.setattr(way_back, "_ROUNDS", 3)
    monkeypatch.setattr(way_back, "_SEEDS", 10_000)
    real = data.load("sample")
    images, labels = real.test_images[:40], real.test_labels[:40]
    encoded = model().encode(images)
    figures = way_back.measure(model(), GRAPH, images, labels, encoded, {"plain": load_judge()}, every=20)
    exact = figures["rows"]["as encoded"]
    each = errors(model().draw(encoded.styles, encoded.labels), images)
    assert exact["rms"] == pytest.approx(np.sqrt(np.square(each).mean()))
    assert exact["median"] == pytest.approx(np.median(each))
    assert exact["norm_most"] == pytest.approx(np.linalg.norm(encoded.styles, axis=1).max())
    assert abs(figures["rows"]["as the token keeps it"]["rms"] - exact["rms"]) < 0.5
    assert figures["label_accuracy"] == (encoded.labels == labels).mean()
    assert figures["optimum"]["digits"] == 2
    assert figures["optimum"]["rows"]["as encoded"]["rms"] == pytest.approx(np.sqrt(np.square(each[::20]).mean()))
    assert figures["seeds_norm_p95"] == pytest.approx(9.15, abs=0.05)
    assert figures["cpu_ms"]["16"] > 0


def test_seeds_norm_is_the_one_of_normal_styles() -> None:
    """64 squares of standard normal components: chi-squared, whose 95 % quantile is 83.7."""
    norms = np.linalg.norm(seeds_to_latents(range(20_000), 64), axis=1)
    assert np.quantile(norms, 0.95) == pytest.approx(np.sqrt(83.68), abs=0.05)
