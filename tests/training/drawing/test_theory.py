import math

import pytest

from training.drawing.theory import LOG_2, cross_entropy, hinge_variation, kl_divergence, read_off


@pytest.mark.parametrize(("loss", "value"), [("bce", LOG_2), ("bce-sum", 2 * LOG_2), ("relativistic", LOG_2)])
def test_discriminator_that_guesses_is_at_the_equilibrium(loss: str, value: float) -> None:
    found = read_off(loss, value)
    assert found is not None
    assert found.value == pytest.approx(-math.log(4))
    assert found.divergence == pytest.approx(0)


def test_discriminator_that_is_sure_and_right_proves_the_largest_divergence() -> None:
    found = read_off("bce", 0.0)
    assert found is not None
    assert (found.value, found.divergence) == pytest.approx((0, LOG_2))


def test_loss_that_is_no_cross_entropy_proves_nothing() -> None:
    assert read_off("wasserstein", -3.0) is None


def test_hinge_loss_of_two_proves_nothing_and_of_zero_everything() -> None:
    assert [hinge_variation(loss) for loss in (2.5, 2.0, 0.5, 0.0)] == [0, 0, 0.75, 1]


def test_divergence_of_coins_is_zero_at_p_alone_and_not_symmetric() -> None:
    assert kl_divergence(0.2, 0.2) == 0
    assert kl_divergence(0.2, 0.5) == pytest.approx(0.2 * math.log(0.4) + 0.8 * math.log(1.6))
    assert kl_divergence(0.5, 0.2) != pytest.approx(kl_divergence(0.2, 0.5))


def test_cross_entropy_of_one_half_is_log_2_whatever_the_truth() -> None:
    assert cross_entropy(0.2, 0.5) == pytest.approx(LOG_2)
