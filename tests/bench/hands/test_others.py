"""Whether judges read the nine other digits as asked."""

import numpy as np

from bench.apps.ways import ROOT
from bench.hands import others
from bench.hands.models import Model
from digitgan.contract.latents import seeds_to_latents
from training.metrics.judge import Reading, load_judge


class Shifted:
    """A judge that reads each digit of one class as another."""

    def __init__(self, wrong: int) -> None:
        self.judge, self.wrong = load_judge(), wrong

    def read(self, images: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> Reading:
        found = self.judge.read(images)
        return Reading(
            found.features, np.where(found.labels == self.wrong, 9 - self.wrong, found.labels), found.confidences
        )


def test_shares_are_of_the_nine_others_and_of_hands_without_a_mistake() -> None:
    model = Model.load(ROOT / "exported", "digits")
    styles = 0.5 * seeds_to_latents(range(30), model.card.style_size)  # plain digits, which every judge reads
    labels = np.full(30, 3)
    labels[:10] = 7
    judges = {"right": load_judge(), "wrong": Shifted(7)}
    found = others.measure(model, styles, labels, judges)  # type: ignore[arg-type] # it reads like a judge
    assert found["right"] == {"digits": 1.0, "hands": 1.0}
    assert found["wrong"] == {"digits": 1 - 20 / 270, "hands": 10 / 30}  # the seven of ten hands was posted
