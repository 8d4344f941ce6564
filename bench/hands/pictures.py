"""What becomes of posted files: refused before they are read, refused because of how they are read, or read."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.hands import drawings
from bench.hands.models import Encoded, Images, Labels, Model, rounded
from digitgan.contract.certainty import errors
from digitgan.contract.errors import PictureRefused
from digitgan.hands.picture_file import read_grey
from digitgan.hands.preparation import prepare

KINDS: dict[str, drawings.Maker] = {
    "MNIST's pixels, 28 x 28": drawings.pixels,
    "canvas drawing": drawings.canvas,
    "canvas drawing, finer strokes": drawings.fine_pen,
    "canvas drawing, broader strokes": drawings.broad_pen,
    "photograph": drawings.photograph,
}
_PAIRS = {"two digits, apart": drawings.apart, "two digits, overlapping": drawings.touching}
_OTHERS = {"scribbles": drawings.scribble, "empty paper": drawings.empty_paper, "noise": drawings.noise}


@dataclass(frozen=True)
class Outcome:
    """What became of N pictures.

    Attributes:
        is_prepared: whether there was something to read, bool (N,).
        images: the prepared ones, uint8 (M, 28, 28).
        encoded: what was read in these; None if there are none.
        error: of their reconstructions from tokens, float64 (M,).
        is_accepted: whether these were taken for digits, bool (M,).
    """

    is_prepared: NDArray[np.bool_]
    images: Images
    encoded: Encoded | None
    error: NDArray[np.float64]
    is_accepted: NDArray[np.bool_]

    @property
    def shares(self) -> dict[str, float]:
        """The shares of pictures that were refused in either way."""
        n = len(self.is_prepared)
        n_prepared, n_accepted = int(self.is_prepared.sum()), int(self.is_accepted.sum())
        return {"refused_unread": (n - n_prepared) / n, "refused_as_read": (n_prepared - n_accepted) / n}


def outcome(model: Model, files: Sequence[bytes]) -> Outcome:
    """Return what becomes of posted files, at least one."""
    prepared = [_prepared(each) for each in files]
    images = [each for each in prepared if each is not None]
    is_prepared = np.array([each is not None for each in prepared])
    if not images:
        return Outcome(is_prepared, np.empty((0, 28, 28), np.uint8), None, np.empty(0), np.empty(0, bool))
    together = np.stack(images)
    encoded = model.encode(together)
    return Outcome(is_prepared, together, encoded, *_judged(model, together, encoded))


def _judged(model: Model, images: Images, encoded: Encoded) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return the errors of prepared images, float64 (N,), and whether these are taken for digits, bool (N,)."""
    error = errors(model.draw(rounded(encoded.styles), encoded.labels), images)
    facts = model.encoder_card.encoder
    assert facts is not None
    return error, (error <= facts.most_error) & (encoded.confidences >= facts.least_confidence)


def robustness(model: Model, images: Images, labels: Labels, seed: int) -> dict[str, Any]:
    """Return by kind of picture what becomes of real digits: how many are refused, and how the others are read.

    Args:
        model: reads them.
        images: uint8 (N, 28, 28).
        labels: theirs, (N,).
        seed: of places, sizes, light and grain.
    """
    figures = {}
    for name, make in KINDS.items():
        rng = np.random.default_rng(seed)
        found = outcome(model, [make(digit, rng) for digit in images])
        assert found.encoded is not None, name
        of = found.is_prepared
        right = (found.encoded.labels == labels[of])[found.is_accepted]
        figures[name] = {
            "pictures": len(images),
            **found.shares,
            "right": float(right.mean()),
            "error": float(np.sqrt(np.square(found.error[found.is_accepted]).mean())),
            "moved": float(np.sqrt(np.square(errors(found.images, images[of])).mean())),
        }
    return figures


def refusals(model: Model, images: Images, encoded: Encoded, n: int, seed: int) -> dict[str, Any]:
    """Return by kind of picture how many are refused: of real digits, which should not be, and of what is no digit.

    Args:
        model: reads them.
        images: real digits, uint8 (N, 28, 28); all of them are read as they are.
        encoded: what the model's encoder makes of these.
        n: pictures of each kind that is made from digits or drawn at random.
        seed: of both.
    """
    _, is_accepted = _judged(model, images, encoded)
    unprepared = Outcome(np.ones(len(images), bool), images, encoded, np.empty(0), is_accepted)
    figures = {"MNIST's test digits, as they are": {"pictures": len(images), **unprepared.shares}}
    rng = np.random.default_rng(seed)
    kinds = {"letters": drawings.letters()}
    for name, pair in _PAIRS.items():
        kinds[name] = [pair(images[rng.choice(len(images), 2, replace=False)], rng) for _ in range(n)]
    for name, other in _OTHERS.items():
        kinds[name] = [other(rng) for _ in range(n)]
    return figures | {name: {"pictures": len(each), **outcome(model, each).shares} for name, each in kinds.items()}


def _prepared(content: bytes) -> Images | None:
    try:
        return prepare(read_grey(content))
    except PictureRefused:
        return None
