from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from training.data import Dataset
from training.device import CPU
from training.networks.base import Generator
from training.post_training.features import FeatureCourse
from training.post_training.generator import GeneratorCourse, Senses, energy_distance, rate
from training.recipes.recipe import PostTraining

SETTINGS = PostTraining(
    n_classes=2, batch_size=32, n_real=32, hinge_from=0.0, learning_rate=0.05, average_half_life=2.0
)


def linear(n_classes: int, height: int = 28, width: int = 28) -> Generator:
    """Return a generator of one layer."""
    torch.manual_seed(0)
    layers = nn.Sequential(nn.Linear(8 + n_classes, height * width), nn.Unflatten(1, (height, width)), nn.Tanh())
    return Generator(8, n_classes, layers).eval()


def course(dataset: Dataset, n_classes: int, settings: PostTraining = SETTINGS) -> GeneratorCourse:
    networks = FeatureCourse(dataset, 1, CPU, origin="").networks
    start = linear(n_classes, *dataset.train_images.shape[1:3])
    return GeneratorCourse(start, networks, settings, dataset, 1, CPU, origin="")


def test_energy_distance_is_that_of_its_definition() -> None:
    first, second = torch.randn(7, 3), torch.randn(5, 3) + 1

    def mean(left: torch.Tensor, right: torch.Tensor, *, differ: bool) -> float:
        pairs = [(a - b).norm().item() for i, a in enumerate(left) for j, b in enumerate(right) if not differ or i != j]
        return float(sum(pairs) / len(pairs))

    wanted = 2 * mean(first, second, differ=False) - mean(first, first, differ=True) - mean(second, second, differ=True)
    assert energy_distance(first, second).item() == pytest.approx(wanted, rel=1e-4)


def test_energy_distance_is_unbiased() -> None:
    alike = [energy_distance(torch.randn(8, 4), torch.randn(8, 4)).item() for _ in range(400)]
    assert abs(np.mean(alike)) < 4 * np.std(alike) / 20
    assert energy_distance(torch.randn(400, 4), torch.randn(400, 4) + 1).item() > 0.3


def test_real_images_spread_by_one_in_every_kind_of_features(sample: Dataset) -> None:
    networks = FeatureCourse(sample, 1, CPU, origin="").networks
    senses = Senses(networks, SETTINGS, sample, 1, CPU)
    images = torch.from_numpy(sample.train_images[::4]).float() / 127.5 - 1
    features, scores = senses.perceive(images)
    assert len(features) == 10
    assert [each.shape for each in scores] == [(1250, 10)] * 3
    for each in features:
        spread = (each - each.mean(0)).square().sum(1).mean().sqrt().item()
        assert spread == pytest.approx(1, rel=0.05)


@pytest.mark.parametrize("n_classes", [10, 0])
def test_generator_comes_nearer_to_the_real_images(n_classes: int, sample: Dataset) -> None:
    follower = course(sample, n_classes)
    figures = [follower.step(iteration / 12) for iteration in range(12)]
    distances = [each["energy_distance"] for each in figures]
    assert np.mean(distances[-3:]) < 0.8 * np.mean(distances[:3])
    assert ("margin_loss" in figures[0]) == (n_classes > 0)
    assert follower.images == 12 * min(2, max(1, n_classes)) * 32
    averaged, last = follower.result["layers.0.weight"], follower.state_dict()["generator"]["layers.0.weight"]
    assert 0 < (averaged - last).abs().max() < 1


def test_hinge_makes_the_networks_read_the_requested_class(sample: Dataset) -> None:
    settings = replace(SETTINGS, pixels=0.0, features=0.0, hinge=1.0, n_classes=10)
    follower = course(sample, 10, settings)
    losses = [follower.step(iteration / 10)["margin_loss"] for iteration in range(10)]
    assert losses[-1] < losses[0]


@pytest.mark.parametrize("n_classes", [2, 0])
def test_generator_of_other_sizes_and_few_images_is_supported(n_classes: int, sample: Dataset) -> None:
    random = np.random.default_rng(0)
    few = replace(
        sample,
        train_images=random.integers(256, size=(9, 20, 12), dtype=np.uint8),
        train_labels=np.array([0, 1] + [0] * 7, np.uint8),
    )
    assert np.isfinite(course(few, n_classes).step(0.5)["energy_distance"])


def test_rate_rises_then_falls_to_nothing() -> None:
    assert [round(rate(progress), 4) for progress in (0, 0.025, 0.05, 0.5, 1)] == [0.05, 0.5363, 0.95, 0.5, 0.0]
