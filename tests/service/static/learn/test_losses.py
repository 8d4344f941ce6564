"""The live game's losses: values of training/losses.py, and gradients against its automatic ones."""

import json

import numpy as np
import pytest
import torch

from tests.service.static.modules import node
from training.losses import LOSSES

REAL = [1.5, -0.3, 0.2, 4.0]
FAKE = [-2.0, 0.7, 0.2, -9.0]


@pytest.mark.parametrize("side", ["discriminator", "generator"])
def test_losses_and_their_gradients_are_those_of_training(side: str) -> None:
    logits = f"Float64Array.from({REAL}), Float64Array.from({FAKE})"
    found = node(
        "learn/losses.js",
        f"Object.entries(LOSSES).map(([name, each]) => [name, each.{side}({logits}), accuracyOf(each, {logits})])"
        ".map(([name, { loss, onReal, onFake }, right]) => [name, loss, [...onReal], [...onFake], right])",
    )
    assert {name for name, *_ in found} - {*LOSSES} == {"formula"}
    for name, loss, on_real, on_fake, accuracy in found:
        if name not in LOSSES:
            continue
        real, fake = (torch.tensor(each, dtype=torch.float64, requires_grad=True) for each in (REAL, FAKE))
        wanted = getattr(LOSSES[name], side)(real, fake)
        wanted.backward()
        assert fake.grad is not None
        assert loss == pytest.approx(wanted.item()), name
        np.testing.assert_allclose(on_fake, fake.grad, atol=1e-12, err_msg=name)
        if side == "discriminator":
            assert real.grad is not None
            np.testing.assert_allclose(on_real, real.grad, atol=1e-12, err_msg=name)
            assert accuracy == pytest.approx(LOSSES[name].accuracy(real, fake).item(), abs=1e-6), name


def test_formula_is_what_the_generator_loses_by_the_textbook() -> None:
    call = f"LOSSES.formula.generator(new Float64Array(4), Float64Array.from({json.dumps(FAKE)}))"
    loss, slopes = node("learn/losses.js", f"(({{ loss, onFake }}) => [loss, Array.from(onFake)])({call})")
    answers = 1 / (1 + np.exp(-np.array(FAKE)))
    assert loss == pytest.approx(np.log(1 - answers).mean())
    np.testing.assert_allclose(slopes, -answers / 4)
