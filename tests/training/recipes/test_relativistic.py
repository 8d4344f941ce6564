import copy

import pytest
import torch
from torch import nn
from torch.nn import functional

from training.data import Dataset
from training.phases import generator_phase
from training.recipes.relativistic import RECIPE
from training.state import State


def test_generator_uses_the_relativistic_loss_of_the_pair(sample: Dataset) -> None:
    state = State(RECIPE, sample, 1)
    for layer in state.discriminator.modules():
        if isinstance(layer, nn.Dropout):
            layer.p = 0.0
    images, label = state.stream.next()
    generator, noise = copy.deepcopy(state.generator), state.noise.get_state()
    found = generator_phase(state, images, label)["generator_loss"]

    state.noise.set_state(noise)
    with torch.no_grad():
        real = state.discriminator(images, label)
        fake = state.discriminator(generator.train()(state.styles(), label), label)
    assert found == pytest.approx(functional.softplus(real - fake).mean().item(), rel=1e-5)
    assert found != pytest.approx(functional.softplus(-fake).mean().item(), rel=1e-5)  # the plain loss
