import copy

import numpy as np
import pytest
import torch
from torch.nn import functional

from tests.processes import PATIENCE_S
from training.data import Dataset
from training.export import best_generator
from training.latents import encoder as encoders
from training.latents.encoder import calibrate, held_out, learn
from training.run import Run
from training.schedules import Horizon

pytestmark = [pytest.mark.long, pytest.mark.parametrize("trained", ["digits"], indirect=True)]


@pytest.fixture(autouse=True)
def few_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encoders, "N_STEPS", 4)


def test_encoder_losses_fall_in_training(trained: Run, sample: Dataset) -> None:
    seen: list[dict[str, float]] = []
    _, facts = learn(
        best_generator(trained), sample, Horizon(40, None), seed=1, on_iteration=lambda _, losses: seen.append(losses)
    )
    assert (facts.iterations, facts.images, facts.threads) == (40, 40 * 64, 1)
    for name in ("image", "style", "class"):
        first, last = (sum(losses[name] for losses in part) / 4 for part in (seen[:4], seen[-4:]))
        assert last < first, name


def test_steps_are_trained_after_the_guess(trained: Run, sample: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    def first_steps(guess_share: float) -> torch.Tensor:
        monkeypatch.setattr(encoders, "_GUESS_SHARE", guess_share)
        return learn(best_generator(trained), sample, Horizon(2, None), seed=1)[0].log_steps

    untrained, trained_too = first_steps(1.0), first_steps(0.5)
    assert (untrained == untrained[0, 0]).all()
    assert (trained_too != untrained).all()


def test_equal_seeds_give_equal_encoders_and_an_unchanged_generator(trained: Run, sample: Dataset) -> None:
    generator = best_generator(trained)
    before = copy.deepcopy(generator.state_dict())
    image = torch.zeros(1, 28, 28)
    first, again, other = (learn(generator, sample, Horizon(2, None), seed=seed)[0](image)[0] for seed in (1, 1, 2))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    assert all(torch.equal(value, before[name]) for name, value in generator.state_dict().items())


def test_encoder_training_ends_with_its_budget(trained: Run, sample: Dataset) -> None:
    _, facts = learn(best_generator(trained), sample, Horizon(None, 0.2), seed=1)
    assert facts.iterations >= 1
    assert facts.wall_s < PATIENCE_S


def test_calibration_leaves_no_better_temperature(trained: Run, sample: Dataset) -> None:
    encoder, _ = learn(best_generator(trained), sample, Horizon(10, None), seed=1)
    rows = held_out(sample)
    assert len(np.unique(rows)) == len(rows) == len(sample.train_images) // 12
    images = torch.from_numpy(sample.train_images[rows]).float() / 127.5 - 1
    label = torch.from_numpy(sample.train_labels[rows].astype(np.int64))
    with torch.no_grad():
        encoder.guess.classes.weight.mul_(3)
        encoder.guess.classes.bias.mul_(3)
        assert calibrate(encoder, sample) > 1.5
        assert calibrate(encoder, sample) == 1
        scores = encoder.guess(images).scores
    losses = [float(functional.cross_entropy(scores / divisor, label)) for divisor in (0.95, 1, 1.05)]
    assert losses[1] == min(losses)
