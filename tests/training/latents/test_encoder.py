import copy

import pytest
import torch

from tests.processes import PATIENCE_S
from training.data import Dataset
from training.export import best_generator
from training.latents.encoder import learn
from training.run import Run
from training.schedules import Horizon

pytestmark = pytest.mark.parametrize("trained", ["digits"], indirect=True)


def test_encoder_losses_fall_in_training(trained: Run, sample: Dataset) -> None:
    seen: list[dict[str, float]] = []
    _, facts = learn(
        best_generator(trained), sample, Horizon(40, None), seed=1, on_iteration=lambda _, losses: seen.append(losses)
    )
    assert (facts.iterations, facts.images, facts.threads) == (40, 40 * 64, 1)
    for name in ("image", "style", "class"):
        first, last = (sum(losses[name] for losses in part) / 5 for part in (seen[:5], seen[-5:]))
        assert last < first, name


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
