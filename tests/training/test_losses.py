import math

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from training.losses import LOSSES, bce_fake, bce_real, gradient_penalty
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
