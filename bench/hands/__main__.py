"""Measure hands, and write docs/benchmarks/hands.md and hands.json.

python -m bench.hands                       # all parts, about ten minutes of one processor; needs MNIST
python -m bench.hands way-back refusals     # some parts again; the figures of the others stay
"""

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import torch

from bench import parts
from bench.apps.ways import ROOT
from bench.hands import consistency, others, page, pictures, way_back
from bench.hands.models import VERSION, Encoded, Model, Styles, rounded
from digitgan.contract.certainty import errors
from digitgan.contract.latents import seeds_to_latents
from training import data
from training.choices import FIRST_SEED
from training.data import Dataset
from training.metrics.judge import GUARDING, SELECTING, Judge, load_judge

_MODELS = ROOT / "exported"
_MODEL = "digits"
_OTHER_MODELS = ("digits-fp16", "digits-int8", "digits-small")
_OPTIMUM_EVERY = 50  # of the test digits, so 200
_EVERY = 10  # of the test digits, so 1,000, for what is measured on fewer than all
_PICTURES_EVERY = 20  # so 500 of each kind of picture
_PICTURES = 300  # of each kind of what is no digit
_SEED = 1


@cache
def _dataset() -> Dataset:
    return data.load("mnist")


@cache
def _model(name: str = _MODEL) -> Model:
    return Model.load(_MODELS, name)


@cache
def _judges() -> dict[str, Judge]:
    return {name: load_judge(name) for name in (SELECTING, GUARDING)}


@cache
def _exact() -> Encoded:
    """Return what the encoder makes of all test digits."""
    return _model().encode(_dataset().test_images)


@cache
def _hands(name: str = _MODEL) -> Encoded:
    """Return what a model makes of all test digits, with the styles that are left after their tokens' rounding."""
    found = (
        _exact() if _model(name).encoder_card == _model().encoder_card else _model(name).encode(_dataset().test_images)
    )
    return Encoded(rounded(found.styles), found.labels, found.confidences)


def _seeds(n: int) -> Styles:
    return seeds_to_latents(range(FIRST_SEED, FIRST_SEED + n), _model().card.style_size)


def _way_back() -> dict[str, Any]:
    graph = _MODELS / _MODEL / VERSION / "model.onnx"
    images, labels = _dataset().test_images, _dataset().test_labels
    return way_back.measure(_model(), graph, images, labels, _exact(), _judges(), every=_OPTIMUM_EVERY)


def _others() -> dict[str, Any]:
    labels = _dataset().test_labels
    hands = {"posted hands": _hands().styles, "random seeds": _seeds(len(labels))}
    return {
        "hands": len(labels),
        "rows": {name: others.measure(_model(), styles, labels, _judges()) for name, styles in hands.items()},
    }


def _consistency() -> dict[str, Any]:
    some = slice(None, None, _EVERY)
    images, labels = _dataset().test_images[some], _dataset().test_labels[some]
    seeds = _seeds(len(labels))
    of_seeds = _model().all_digits(seeds)
    own = of_seeds[np.arange(len(labels)), labels]
    return {
        "hands": len(labels),
        "rows": {
            "posted hands": consistency.measure(images, labels, _model().all_digits(_hands().styles[some])),
            "the generator's own digits": consistency.measure(own, labels, of_seeds),
            "random seeds": consistency.measure(images, labels, of_seeds),
        },
    }


def _models() -> dict[str, Any]:
    images, labels = _dataset().test_images, _dataset().test_labels
    rows = {}
    for name in (_MODEL, *_OTHER_MODELS):
        model, hands = _model(name), _hands(name)
        of_digits = errors(model.draw(hands.styles, hands.labels), images)
        drawn = model.all_digits(hands.styles[::_EVERY])
        rows[name] = {
            "encoder": f"{model.encoder_card.model}/{model.encoder_card.version}",
            "rms": float(np.sqrt(np.square(of_digits).mean())),
            "consistency": consistency.measure(images[::_EVERY], labels[::_EVERY], drawn),
        }
    return {"digits": len(images), "hands": len(labels[::_EVERY]), "rows": rows}


def _pictures() -> dict[str, Any]:
    images, labels = _dataset().test_images[::_PICTURES_EVERY], _dataset().test_labels[::_PICTURES_EVERY]
    return {"rows": pictures.robustness(_model(), images, labels, _SEED)}


def _refusals() -> dict[str, Any]:
    facts = _model().encoder_card.encoder
    assert facts is not None
    return {
        "most_error": facts.most_error,
        "least_confidence": facts.least_confidence,
        "rows": pictures.refusals(_model(), _dataset().test_images, _exact(), _PICTURES, _SEED),
    }


PARTS: dict[str, Callable[[], dict[str, Any]]] = {
    "way-back": _way_back,
    "others": _others,
    "consistency": _consistency,
    "models": _models,
    "pictures": _pictures,
    "refusals": _refusals,
}


def main() -> None:
    """Measure the chosen parts."""
    torch.set_num_threads(1)
    parts.measure("hands", "Measure how near and how alike hands are, and what is refused.", PARTS, page.tables)


if __name__ == "__main__":
    main()
