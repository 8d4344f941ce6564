import math

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from training.losses import LOSSES, bce_fake, bce_real, feature_difference, gradient_penalty, slope_penalty
from training.networks.base import Discriminator

REAL = torch.tensor([2.0, -0.5, 0.1])
FAKE = torch.tensor([-1.0, 0.5, 3.0])
NO_LABEL = torch.zeros(3, dtype=torch.int64)


def test_bce_of_logits_is_keras_bce_of_their_sigmoid() -> None:
    ones, zeros = torch.ones(3), torch.zeros(3)
    assert bce_real(REAL).item() == pytest.approx(functional.binary_cross_entropy(REAL.sigmoid(), ones).item())
    assert bce_fake(FAKE).item() == pytest.approx(functional.binary_cross_entropy(FAKE.sigmoid(), zeros).item())


def test_bce_at_the_equilibrium_is_log_two() -> None:
    undecided = torch.zeros(4)
    assert LOSSES["bce"].discriminator(undecided, undecided).item() == pytest.approx(math.log(2))


def test_bce_generator_is_non_saturating() -> None:
    lost = torch.tensor([-20.0], requires_grad=True)
    (gradient,) = torch.autograd.grad(LOSSES["bce"].generator(lost, lost), lost)
    assert gradient.item() == pytest.approx(-1)  # the saturating form's gradient would be 0 here


def test_hinge_asks_for_a_margin_of_one() -> None:
    assert LOSSES["hinge"].discriminator(torch.tensor([1.0, 3.0]), torch.tensor([-1.0, -2.0])).item() == 0
    assert LOSSES["hinge"].discriminator(torch.tensor([0.0]), torch.tensor([0.0])).item() == 2
    assert LOSSES["hinge"].generator(REAL, FAKE).item() == pytest.approx(-FAKE.mean().item())


def test_relativistic_sees_differences_alone() -> None:
    loss = LOSSES["relativistic"]
    assert loss.discriminator(REAL + 5, FAKE + 5).item() == pytest.approx(loss.discriminator(REAL, FAKE).item())
    expected = functional.softplus(FAKE - REAL).mean().item()
    assert loss.discriminator(REAL, FAKE).item() == pytest.approx(expected)


def test_relativistic_generator_plays_the_mirrored_game() -> None:
    loss = LOSSES["relativistic"]
    assert loss.generator(REAL, FAKE).item() == pytest.approx(loss.discriminator(FAKE, REAL).item())


def test_accuracy_counts_both_sides() -> None:
    assert LOSSES["bce"].accuracy(REAL, FAKE).item() == pytest.approx((2 / 3 + 1 / 3) / 2)
    assert LOSSES["relativistic"].accuracy(REAL, FAKE).item() == pytest.approx(1 / 3)


class Weighing(Discriminator):
    """Logit = sum of weight x pixel squared, whose gradient is known."""

    def forward(self, images: Tensor, label: Tensor) -> Tensor:
        return 1.5 * images.square().flatten(1).sum(1)


def test_gradient_penalty_is_the_mean_squared_norm() -> None:
    images = torch.randn(3, 28, 28)
    expected = (3 * images).square().flatten(1).sum(1).mean().item()
    assert gradient_penalty(Weighing(), images, NO_LABEL).item() == pytest.approx(expected)


def test_summed_bce_is_twice_the_mean_of_real_and_fake() -> None:
    summed, averaged = LOSSES["bce-sum"], LOSSES["bce"]
    expected = bce_real(REAL).item() + bce_fake(FAKE).item()
    assert summed.discriminator(REAL, FAKE).item() == pytest.approx(expected)
    assert expected == pytest.approx(2 * averaged.discriminator(REAL, FAKE).item())
    assert summed.generator(REAL, FAKE).item() == averaged.generator(REAL, FAKE).item()


def test_least_squares_has_the_paper_s_halves_and_answers() -> None:
    loss = LOSSES["least-squares"]
    real = (1.0**2 + 1.5**2 + 0.9**2) / 3 / 2  # distances of 2, -0.5 and 0.1 from 1
    fake = (1.0**2 + 0.5**2 + 3.0**2) / 3 / 2  # distances of -1, 0.5 and 3 from 0
    assert loss.discriminator(REAL, FAKE).item() == pytest.approx(real + fake)
    assert loss.generator(REAL, FAKE).item() == pytest.approx((2.0**2 + 0.5**2 + 2.0**2) / 3 / 2)


def test_least_squares_boundary_is_halfway_between_the_answers() -> None:
    real, fake = torch.tensor([0.6, 0.4]), torch.tensor([0.4, 0.6])
    assert LOSSES["least-squares"].accuracy(real, fake).item() == 0.5
    assert LOSSES["least-squares"].accuracy(torch.tensor([7.0]), torch.tensor([0.1])).item() == 1


def test_wasserstein_is_a_difference_of_means_without_a_boundary() -> None:
    loss = LOSSES["wasserstein"]
    assert loss.discriminator(REAL, FAKE).item() == pytest.approx(2.5 / 3 - 1.6 / 3)
    assert loss.generator(REAL, FAKE).item() == pytest.approx(-2.5 / 3)
    assert loss.accuracy(REAL + 100, FAKE).item() == 1
    assert loss.accuracy(REAL + 100, FAKE + 100).item() == loss.accuracy(REAL, FAKE).item()


class Slope(Discriminator):
    """Logit = a times the first pixel, whose gradient's norm is a everywhere."""

    def __init__(self, slope: float) -> None:
        super().__init__()
        self.slope = torch.nn.Parameter(torch.tensor(slope))

    def forward(self, images: Tensor, label: Tensor) -> Tensor:
        return self.slope * images[:, 0, 0]


@pytest.mark.parametrize(("slope", "expected"), [(1.0, 0.0), (3.0, 4.0), (-3.0, 4.0), (0.0, 1.0)])
def test_slope_penalty_is_the_squared_distance_of_the_norm_from_one(slope: float, expected: float) -> None:
    critic = Slope(slope)
    penalty = slope_penalty(critic, torch.randn(3, 28, 28), torch.randn(3, 28, 28), NO_LABEL, torch.rand(3, 1, 1))
    assert penalty.item() == pytest.approx(expected)
    penalty.backward()  # type: ignore[no-untyped-call]
    assert critic.slope.grad is not None
    assert torch.isfinite(critic.slope.grad)


def test_slope_is_the_whole_image_s_and_taken_between_the_pair() -> None:
    images, fakes = torch.ones(3, 28, 28), torch.zeros(3, 28, 28)
    share = torch.tensor([0.25, 0.5, 1.0]).reshape(3, 1, 1)
    norms = [3 * share * math.sqrt(784) for share in (0.25, 0.5, 1.0)]  # of 1.5 x squared pixels, all equal
    expected = sum((norm - 1) ** 2 for norm in norms) / 3
    assert slope_penalty(Weighing(), images, fakes, NO_LABEL, share).item() == pytest.approx(expected)


def test_every_layer_of_features_counts_the_same_whatever_its_size() -> None:
    wanted = [torch.ones(2, 3, 4, 4), 1000 * torch.ones(2, 5)]
    assert feature_difference([each * 1.5 for each in wanted], wanted).item() == pytest.approx(0.5)
    assert feature_difference([wanted[0] * 1.5, wanted[1]], wanted).item() == pytest.approx(0.25)
    assert feature_difference([wanted[0], wanted[1] * 1.5], wanted).item() == pytest.approx(0.25)
