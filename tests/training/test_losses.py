import math

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from training.losses import (
    LOSSES,
    ImageLoss,
    Loss,
    PairLoss,
    bce_fake,
    bce_real,
    feature_difference,
    gradient_penalty,
    slope_penalty,
)
from training.networks.base import Discriminator

REAL = torch.tensor([2.0, -0.5, 0.1])
FAKE = torch.tensor([-1.0, 0.5, 3.0])
NO_LABEL = torch.zeros(3, dtype=torch.int64)

EACH = pytest.mark.parametrize("loss", LOSSES.values(), ids=LOSSES)


def boundary(loss: Loss) -> float:
    return (isinstance(loss, ImageLoss) and loss.boundary) or 0.0


@EACH
def test_loss_of_an_undecided_discriminator_is_as_described(loss: Loss) -> None:
    logits = torch.full((8,), boundary(loss))
    assert loss.discriminator(logits, logits).item() == pytest.approx(loss.undecided)


@EACH
def test_discriminator_loss_keeps_to_its_bound(loss: Loss) -> None:
    random = torch.Generator().manual_seed(1)
    drawn = [20 * torch.randn(2, 64, generator=random) for _ in range(100)]
    assert all(loss.discriminator(real, fake).item() >= loss.least for real, fake in drawn)
    far = loss.discriminator(torch.full((8,), 1e4), torch.full((8,), -1e4)).item()
    assert loss.least < -1e3 if far < 0 else far >= loss.least


@EACH
def test_networks_pull_fake_logits_in_opposite_directions(loss: Loss) -> None:
    real, fake = (torch.full((4,), boundary(loss), requires_grad=True) for _ in range(2))
    down_real, down_fake = torch.autograd.grad(loss.discriminator(real, fake), (real, fake))
    (up_fake,) = torch.autograd.grad(loss.generator(real, fake), fake)
    assert (down_real < 0).all()
    assert (down_fake > 0).all()
    assert (up_fake < 0).all()


@EACH
def test_generator_loss_reads_real_logits_only_if_the_loss_compares_pairs(loss: Loss) -> None:
    moved = loss.generator(REAL + 1, FAKE).item() != loss.generator(REAL, FAKE).item()
    assert moved == (loss.compares == "pairs") == isinstance(loss, PairLoss)


@EACH
def test_accuracy_ignores_a_common_shift_only_if_it_counts_pairs(loss: Loss) -> None:
    real, fake = torch.tensor([2.0, 1.0]), torch.tensor([-1.0, -2.0])
    assert loss.accuracy(real, fake).item() == 1
    assert loss.accuracy(real + 100, fake + 100).item() == (1 if loss.accuracy_counts == "pairs" else 0.5)


def test_wasserstein_compares_images_and_counts_pairs() -> None:
    loss = LOSSES["wasserstein"]
    assert (loss.compares, loss.accuracy_counts) == ("images", "pairs")


@EACH
def test_halves_of_an_image_loss_make_the_whole(loss: Loss) -> None:
    if isinstance(loss, ImageLoss):
        whole = loss.discriminator(REAL, FAKE).item()
        assert (loss.on_real(REAL) + loss.on_fake(FAKE)).item() * loss.weight == pytest.approx(whole)


def test_bce_of_logits_equals_bce_of_their_sigmoid() -> None:
    ones, zeros = torch.ones(3), torch.zeros(3)
    assert bce_real(REAL).item() == pytest.approx(functional.binary_cross_entropy(REAL.sigmoid(), ones).item())
    assert bce_fake(FAKE).item() == pytest.approx(functional.binary_cross_entropy(FAKE.sigmoid(), zeros).item())


def test_bce_generator_is_non_saturating() -> None:
    lost = torch.tensor([-20.0], requires_grad=True)
    (gradient,) = torch.autograd.grad(LOSSES["bce"].generator(lost, lost), lost)
    assert gradient.item() == pytest.approx(-1)  # the saturating form's gradient would be 0 here


def test_hinge_is_zero_beyond_a_margin_of_one() -> None:
    assert LOSSES["hinge"].discriminator(torch.tensor([1.0, 3.0]), torch.tensor([-1.0, -2.0])).item() == 0
    assert LOSSES["hinge"].discriminator(torch.tensor([0.0]), torch.tensor([0.0])).item() == 2
    assert LOSSES["hinge"].generator(REAL, FAKE).item() == pytest.approx(-FAKE.mean().item())


def test_relativistic_depends_only_on_differences() -> None:
    loss = LOSSES["relativistic"]
    assert loss.discriminator(REAL + 5, FAKE + 5).item() == pytest.approx(loss.discriminator(REAL, FAKE).item())
    expected = functional.softplus(FAKE - REAL).mean().item()
    assert loss.discriminator(REAL, FAKE).item() == pytest.approx(expected)


def test_relativistic_losses_mirror_each_other() -> None:
    loss = LOSSES["relativistic"]
    assert loss.generator(REAL, FAKE).item() == pytest.approx(loss.discriminator(FAKE, REAL).item())


def test_accuracy_counts_real_and_fake_images() -> None:
    assert LOSSES["bce"].accuracy(REAL, FAKE).item() == pytest.approx((2 / 3 + 1 / 3) / 2)
    assert LOSSES["relativistic"].accuracy(REAL, FAKE).item() == pytest.approx(1 / 3)


class Weighing(Discriminator):
    """The logit is 1.5 times the sum of squared pixels, whose gradient is 3 times the pixels."""

    def forward(self, images: Tensor, label: Tensor) -> Tensor:
        return 1.5 * images.square().flatten(1).sum(1)


def test_gradient_penalty_is_the_mean_squared_gradient_norm() -> None:
    images = torch.randn(3, 28, 28)
    expected = (3 * images).square().flatten(1).sum(1).mean().item()
    assert gradient_penalty(Weighing(), images, NO_LABEL).item() == pytest.approx(expected)


def test_summed_bce_is_twice_the_mean_of_real_and_fake() -> None:
    summed, averaged = LOSSES["bce-sum"], LOSSES["bce"]
    expected = bce_real(REAL).item() + bce_fake(FAKE).item()
    assert summed.discriminator(REAL, FAKE).item() == pytest.approx(expected)
    assert expected == pytest.approx(2 * averaged.discriminator(REAL, FAKE).item())
    assert summed.generator(REAL, FAKE).item() == averaged.generator(REAL, FAKE).item()


def test_least_squares_halves_the_squared_distances_from_its_targets() -> None:
    loss = LOSSES["least-squares"]
    real = (1.0**2 + 1.5**2 + 0.9**2) / 3 / 2  # distances of 2, -0.5 and 0.1 from 1
    fake = (1.0**2 + 0.5**2 + 3.0**2) / 3 / 2  # distances of -1, 0.5 and 3 from 0
    assert loss.discriminator(REAL, FAKE).item() == pytest.approx(real + fake)
    assert loss.generator(REAL, FAKE).item() == pytest.approx((2.0**2 + 0.5**2 + 2.0**2) / 3 / 2)


def test_least_squares_boundary_is_halfway_between_its_targets() -> None:
    real, fake = torch.tensor([0.6, 0.4]), torch.tensor([0.4, 0.6])
    assert LOSSES["least-squares"].accuracy(real, fake).item() == 0.5
    assert LOSSES["least-squares"].accuracy(torch.tensor([7.0]), torch.tensor([0.1])).item() == 1


def test_wasserstein_is_a_difference_of_means() -> None:
    loss = LOSSES["wasserstein"]
    assert loss.discriminator(REAL, FAKE).item() == pytest.approx(2.5 / 3 - 1.6 / 3)
    assert loss.generator(REAL, FAKE).item() == pytest.approx(-2.5 / 3)
    assert loss.accuracy(REAL + 100, FAKE).item() == 1
    assert loss.accuracy(REAL + 100, FAKE + 100).item() == loss.accuracy(REAL, FAKE).item()


class Slope(Discriminator):
    """The logit is a multiple of the first pixel, so its gradient has the same norm everywhere."""

    def __init__(self, slope: float) -> None:
        super().__init__()
        self.slope = torch.nn.Parameter(torch.tensor(slope))

    def forward(self, images: Tensor, label: Tensor) -> Tensor:
        return self.slope * images[:, 0, 0]


@pytest.mark.parametrize(("slope", "expected"), [(1.0, 0.0), (3.0, 4.0), (-3.0, 4.0), (0.0, 1.0)])
def test_slope_penalty_is_the_squared_distance_of_the_norm_from_one(slope: float, expected: float) -> None:
    critic = Slope(slope)
    penalty = slope_penalty(critic, torch.randn(3, 28, 28), torch.randn(3, 28, 28), NO_LABEL, torch.rand(3))
    assert penalty.item() == pytest.approx(expected)
    penalty.backward()  # type: ignore[no-untyped-call]
    assert critic.slope.grad is not None
    assert torch.isfinite(critic.slope.grad)


def test_slope_penalty_takes_the_gradient_of_the_whole_image_in_between() -> None:
    images, fakes = torch.ones(3, 28, 28), torch.zeros(3, 28, 28)
    share = torch.tensor([0.25, 0.5, 1.0])
    norms = [3 * share * math.sqrt(784) for share in (0.25, 0.5, 1.0)]  # of 1.5 x squared pixels, all equal
    expected = sum((norm - 1) ** 2 for norm in norms) / 3
    assert slope_penalty(Weighing(), images, fakes, NO_LABEL, share).item() == pytest.approx(expected)


def test_feature_difference_weights_layers_equally_at_any_scale() -> None:
    wanted = [torch.ones(2, 3, 4, 4), 1000 * torch.ones(2, 5)]
    assert feature_difference([each * 1.5 for each in wanted], wanted).item() == pytest.approx(0.5)
    assert feature_difference([wanted[0] * 1.5, wanted[1]], wanted).item() == pytest.approx(0.25)
    assert feature_difference([wanted[0], wanted[1] * 1.5], wanted).item() == pytest.approx(0.25)
