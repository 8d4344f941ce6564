"""What becomes of posted files."""

import io
from functools import cache

import numpy as np
import pytest
from PIL import Image

from bench.apps.ways import ROOT
from bench.hands import drawings
from bench.hands.models import Encoded, Model
from bench.hands.pictures import KINDS, outcome, refusals, robustness
from training import data

REAL = data.load("sample")


@cache
def model() -> Model:
    return Model.load(ROOT / "exported", "digits")


def judging(most_error: float, least_confidence: float) -> Model:
    """Return the model with other limits."""
    card = model().encoder_card
    assert card.encoder is not None
    limits = {"most_error": most_error, "least_confidence": least_confidence}
    return Model(
        model().card,
        card.model_copy(update={"encoder": card.encoder.model_copy(update=limits)}),
        model().generator,
        model().encoder,
    )


@pytest.mark.parametrize("name", KINDS)
def test_picture_of_each_kind_is_a_file_that_is_read_as_its_digit(name: str) -> None:
    rng = np.random.default_rng(1)
    found = outcome(judging(255, 0), [KINDS[name](digit, rng) for digit in REAL.test_images[:10]])
    assert found.encoded is not None
    assert found.is_prepared.all() and found.is_accepted.all()
    assert (found.encoded.labels == REAL.test_labels[:10]).mean() >= 0.9


def test_pictures_are_made_anew_alike_from_equal_seeds() -> None:
    for make in KINDS.values():
        first, again = (make(REAL.test_images[0], np.random.default_rng(3)) for _ in range(2))
        assert first == again
        with Image.open(io.BytesIO(first)) as picture:
            assert picture.format in ("PNG", "JPEG")


def test_limits_refuse_what_is_read_badly() -> None:
    files = [drawings.pixels(digit, np.random.default_rng(1)) for digit in REAL.test_images[:5]]
    files.append(drawings.noise(np.random.default_rng(1)))
    errors = outcome(judging(255, 0), files).error
    middle = float(np.median(errors))
    assert outcome(judging(middle, 0), files).shares == {"refused_unread": 1 / 6, "refused_as_read": 2 / 6}
    assert outcome(judging(255, 1.1), files).shares == {"refused_unread": 1 / 6, "refused_as_read": 5 / 6}


def test_figures_of_robustness_are_of_what_is_accepted() -> None:
    figures = robustness(judging(255, 0), REAL.test_images[:4], REAL.test_labels[:4], seed=1)
    assert figures.keys() == KINDS.keys()
    row = figures["MNIST's pixels, 28 x 28"]
    assert row["pictures"] == 4
    assert row["moved"] < 12 < row["error"] + 12


def test_refusals_name_each_kind_and_count_real_digits_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    some = drawings.letters()
    assert len(set(some)) == 8 * 41
    some = some[:3]
    monkeypatch.setattr(drawings, "letters", lambda: some)
    images = REAL.test_images[:8]
    encoded = model().encode(images)
    unsure = Encoded(encoded.styles, encoded.labels, np.full(8, 0.3, np.float32))
    figures = refusals(judging(255, 0.4), images, unsure, n=2, seed=1)
    assert figures["MNIST's test digits, as they are"] == {
        "pictures": 8,
        "refused_unread": 0.0,
        "refused_as_read": 1.0,
    }
    assert figures["letters"]["pictures"] == 3
    assert figures["empty paper"]["refused_unread"] == figures["two digits, apart"]["refused_unread"] == 1
