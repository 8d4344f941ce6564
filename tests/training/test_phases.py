"""Phases with penalties and classes; `test_trainer` tests the textbook's."""

import math
from dataclasses import replace

import pytest
import torch
from torch.nn import functional

from training.data import Dataset
from training.networks.dcgan import DcganClassifier
from training.phases import PHASES, discriminator_classifying, discriminator_jointly, generator_distilling
from training.recipes import acgan, digits_small, mlp, wgan_gp
from training.recipes.recipe import Distillation, SlopePenalty
from training.state import State
from training.teacher import Teacher

SMALL = replace(acgan.RECIPE, batch_size=8)


def weights(network: torch.nn.Module) -> list[torch.Tensor]:
    return [weight.detach().clone() for weight in network.parameters()]


def test_each_kind_of_update_steps_both_networks(sample: Dataset, teacher: Teacher) -> None:
    recipes = {
        "separate": mlp.RECIPE,
        "joint": wgan_gp.RECIPE,
        "classifying": SMALL,
        "distilling": replace(digits_small.RECIPE, batch_size=8),
    }
    assert recipes.keys() == PHASES.keys()
    for updates, (discriminator_phase, generator_phase) in PHASES.items():
        state = State(recipes[updates], sample, 1, teacher=teacher if updates == "distilling" else None)
        images, label = state.stream.next()
        before = weights(state.discriminator)
        discriminator_phase(state, images, label)
        middle = weights(state.discriminator)
        assert not torch.equal(before[0], middle[0])
        first = weights(state.generator)[0]
        generator_phase(state, images, label)
        assert not torch.equal(first, weights(state.generator)[0])
        assert all(torch.equal(old, new) for old, new in zip(middle, weights(state.discriminator), strict=True))
        assert all(weight.requires_grad for weight in state.discriminator.parameters())


def test_slope_penalty_keeps_the_logit_gap_small(sample: Dataset) -> None:
    gaps = []
    for weight in (0.0, 10.0):
        state = State(replace(wgan_gp.RECIPE, penalty=SlopePenalty(weight=weight)), sample, 1)
        images, label = state.stream.next()
        for _ in range(60):
            figures = discriminator_jointly(state, images, label)
        gaps.append(figures["logit_gap"])
    assert gaps[1] < gaps[0] / 3


@pytest.mark.parametrize("batch_size", [7, 33])
def test_slope_penalty_takes_any_batch(batch_size: int, sample: Dataset) -> None:
    state = State(replace(wgan_gp.RECIPE, batch_size=batch_size), sample, 1)
    figures = discriminator_jointly(state, *state.stream.next())
    assert math.isfinite(figures["discriminator_loss"])


def test_class_loss_falls_below_what_a_double_softmax_can_reach(sample: Dataset) -> None:
    state = State(SMALL, sample, 1)
    for group in state.discriminator_optimizer.param_groups:
        group["lr"] = 1e-2
    images, label = state.stream.next()
    for _ in range(50):
        state.discriminator_optimizer.zero_grad()
        assert isinstance(state.discriminator, DcganClassifier)
        loss = functional.cross_entropy(state.discriminator.read(images)[1], label)
        loss.backward()  # type: ignore[no-untyped-call]
        state.discriminator_optimizer.step()
    assert loss.item() < 0.5 < math.log(1 + 9 / math.e)  # a softmax of a softmax stops at 1.46


def test_fakes_count_as_the_requested_class(sample: Dataset) -> None:
    state = State(SMALL, sample, 1)
    discriminator = state.discriminator
    assert isinstance(discriminator, DcganClassifier)
    for layer in discriminator.modules():
        if isinstance(layer, torch.nn.Dropout):
            layer.p = 0.0
    for group in state.discriminator_optimizer.param_groups:
        group["lr"] = 0.0  # so that the losses can be computed again
    images, label = state.stream.next()
    noise = state.noise.get_state()
    found = discriminator_classifying(state, images, label)["class_loss"]

    state.noise.set_state(noise)
    with torch.no_grad():
        fakes = state.generator(state.styles(), label)
        losses = [functional.cross_entropy(discriminator.read(batch)[1], label) for batch in (images, fakes)]
    assert found == pytest.approx(sum(loss.item() for loss in losses) / 2, rel=1e-5)


def test_classifying_needs_a_discriminator_that_reads(sample: Dataset) -> None:
    state = State(replace(mlp.RECIPE, updates="classifying"), sample, 1)
    with pytest.raises(TypeError, match="need a discriminator that reads classes"):
        discriminator_classifying(state, *state.stream.next())


def test_student_approaches_the_images_of_its_teacher(sample: Dataset, teacher: Teacher) -> None:
    recipe = replace(digits_small.RECIPE, batch_size=16, distillation=Distillation(pixels=100, features=0))
    state = State(recipe, sample, 1, teacher=teacher)
    images, label = state.stream.next()
    before = state.noise.get_state()
    differences = []
    for _ in range(40):
        state.noise.set_state(before)  # the same styles each time
        differences.append(generator_distilling(state, images, label)["pixel_difference"])
    assert differences[-1] < differences[0] / 3


def test_distilling_without_a_teacher_is_an_error(sample: Dataset) -> None:
    state = State(replace(digits_small.RECIPE, batch_size=4), sample, 1)
    with pytest.raises(TypeError, match="need a teacher"):
        generator_distilling(state, *state.stream.next())
