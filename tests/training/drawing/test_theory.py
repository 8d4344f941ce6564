import math

import pytest

from training.drawing.theory import cross_entropy, equilibrium, kl_divergence, variation
from training.losses import LOG_2, LOSSES, Loss

EACH_OF = {
    kind: pytest.mark.parametrize(
        "loss", [loss for loss in LOSSES.values() if loss.proves == kind], ids=lambda loss: loss.name
    )
    for kind in ("divergence", "variation", None)
}


@EACH_OF["divergence"]
def test_undecided_discriminator_is_at_the_equilibrium(loss: Loss) -> None:
    found = equilibrium(loss, loss.undecided)
    assert found is not None
    assert found.value == pytest.approx(-math.log(4))
    assert found.divergence == pytest.approx(0)


@EACH_OF["divergence"]
def test_lossless_discriminator_proves_the_largest_divergence(loss: Loss) -> None:
    found = equilibrium(loss, 0.0)
    assert found is not None
    assert (found.value, found.divergence) == pytest.approx((0, LOG_2))


@EACH_OF["variation"]
def test_variation_falls_from_one_to_nothing_as_the_loss_rises(loss: Loss) -> None:
    shares = (1.25, 1.0, 0.25, 0.0)
    assert [variation(loss, share * loss.undecided) for share in shares] == [0, 0, 0.75, 1]


def test_hinge_loss_of_one_half_proves_three_quarters_of_variation() -> None:
    assert variation(LOSSES["hinge"], 0.5) == 0.75


def test_summed_cross_entropy_proves_what_its_mean_does() -> None:
    assert equilibrium(LOSSES["bce-sum"], 1.2) == equilibrium(LOSSES["bce"], 0.6)


@EACH_OF[None]
def test_other_loss_proves_nothing(loss: Loss) -> None:
    assert equilibrium(loss, loss.undecided - 3) is None
    assert variation(loss, loss.undecided - 3) is None


def test_kl_divergence_is_zero_only_at_p_and_not_symmetric() -> None:
    assert kl_divergence(0.2, 0.2) == 0
    assert kl_divergence(0.2, 0.5) == pytest.approx(0.2 * math.log(0.4) + 0.8 * math.log(1.6))
    assert kl_divergence(0.5, 0.2) != pytest.approx(kl_divergence(0.2, 0.5))


def test_cross_entropy_of_one_half_is_log_2_for_any_truth() -> None:
    assert cross_entropy(0.2, 0.5) == pytest.approx(LOG_2)
