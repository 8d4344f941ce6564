"""The two halves of an iteration: a discriminator phase, then a generator phase.

Each phase takes the state and a batch of real digits, makes its optimiser steps and returns its figures. A new kind of
update is a new function here and a new name in `PHASES`.
"""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional
from torch.optim import Optimizer

from .losses import LOSSES, ImageLoss, feature_difference, gradient_penalty, slope_penalty
from .networks.base import ClassifyingDiscriminator, PerceivingDiscriminator
from .recipes.recipe import GradientPenalty, SlopePenalty
from .state import Figures, State

Phase = Callable[[State, Tensor, Tensor], Figures]


def discriminator_separately(state: State, images: Tensor, label: Tensor) -> Figures:
    """Step on real images, then on the same number of fakes, as the textbook program does."""
    loss = _image_loss(state)
    real = _logits(state, images, label)
    real_loss = loss.on_real(real)
    _step(state, state.discriminator_optimizer, real_loss)
    fake = _logits(state, _fakes(state, label), label)
    fake_loss = loss.on_fake(fake)
    _step(state, state.discriminator_optimizer, fake_loss)
    return {
        "discriminator_loss": (real_loss.item() + fake_loss.item()) / 2,
        "discriminator_accuracy": loss.accuracy(real, fake).item(),
        "logit_gap": (real.mean() - fake.mean()).item(),
    }


def discriminator_jointly(state: State, images: Tensor, label: Tensor) -> Figures:
    """Step once on real images and fakes of the same labels, with the penalty if one is due."""
    loss = LOSSES[state.recipe.loss]
    fakes = _fakes(state, label)
    real, fake = _logits(state, torch.cat([images, fakes]), torch.cat([label, label])).chunk(2)
    adversarial = loss.discriminator(real, fake)
    _step(state, state.discriminator_optimizer, adversarial + _penalty(state, images, fakes, label))
    return {
        "discriminator_loss": adversarial.item(),
        "discriminator_accuracy": loss.accuracy(real, fake).item(),
        "logit_gap": (real.mean() - fake.mean()).item(),
    }


def generator_phase(state: State, images: Tensor, label: Tensor) -> Figures:
    """Step the generator once, on fresh styles, towards fakes that the discriminator takes for real images."""
    loss = LOSSES[state.recipe.loss]
    state.generator.train()
    state.discriminator.requires_grad_(requires_grad=False)  # its gradients are not needed
    fake = _logits(state, _images(state, label), label)
    real = _logits(state, images, label) if loss.compares == "pairs" else fake  # other losses do not read it
    generator_loss = loss.generator(real, fake)
    _step(state, state.generator_optimizer, generator_loss)
    state.discriminator.requires_grad_(requires_grad=True)
    return {"generator_loss": generator_loss.item()}


def discriminator_classifying(state: State, images: Tensor, label: Tensor) -> Figures:
    """Step on real images, then on fakes; the discriminator also learns to read the label of both.

    Source: Odena, Olah, Shlens, "Conditional image synthesis with auxiliary classifier GANs" (2017), section 3: L_C
    covers real images and fakes, and there is no class for fakes.
    """
    loss = _image_loss(state)
    real, real_classes = _reading(state, images)
    real_loss, real_class_loss = loss.on_real(real), functional.cross_entropy(real_classes, label)
    _step(state, state.discriminator_optimizer, real_loss + real_class_loss)
    fake, fake_classes = _reading(state, _fakes(state, label))
    fake_loss, fake_class_loss = loss.on_fake(fake), functional.cross_entropy(fake_classes, label)
    _step(state, state.discriminator_optimizer, fake_loss + fake_class_loss)
    return {
        "discriminator_loss": (real_loss.item() + fake_loss.item()) / 2,
        "discriminator_accuracy": loss.accuracy(real, fake).item(),
        "logit_gap": (real.mean() - fake.mean()).item(),
        "class_loss": (real_class_loss.item() + fake_class_loss.item()) / 2,
        "class_accuracy": (real_classes.argmax(1) == label).float().mean().item(),
    }


def generator_classifying(state: State, images: Tensor, label: Tensor) -> Figures:  # noqa: ARG001 - a phase's signature
    """Step the generator once, towards fakes that are taken for real images and read as their label."""
    state.generator.train()
    state.discriminator.requires_grad_(requires_grad=False)
    fake, classes = _reading(state, _images(state, label))
    generator_loss = _image_loss(state).for_generator(fake)
    _step(state, state.generator_optimizer, generator_loss + functional.cross_entropy(classes, label))
    state.discriminator.requires_grad_(requires_grad=True)
    return {"generator_loss": generator_loss.item()}


def generator_distilling(state: State, images: Tensor, label: Tensor) -> Figures:  # noqa: ARG001 - a phase's signature
    """Step a student once, towards its teacher's images of the same styles and fakes that are taken for real images."""
    discriminator, wanted = state.discriminator, state.recipe.distillation
    if not isinstance(discriminator, PerceivingDiscriminator) or wanted is None or state.teacher is None:
        raise TypeError("distilling updates need a teacher, weights and a discriminator that returns its features")
    state.generator.train()
    discriminator.requires_grad_(requires_grad=False)
    style = state.styles()
    target = state.teacher.draw(style.cpu(), label.cpu()).to(style.device)
    with state.device.forward_pass():
        drawn = state.generator(style, label)
        with torch.no_grad():
            _, target_features = discriminator.perceive(target, label)
        fake, features = discriminator.perceive(drawn, label)
    pixels = (drawn.float() - target).abs().mean()
    layers = feature_difference(features, target_features)
    generator_loss = _image_loss(state).for_generator(fake.float())
    _step(state, state.generator_optimizer, generator_loss + wanted.pixels * pixels + wanted.features * layers)
    discriminator.requires_grad_(requires_grad=True)
    return {
        "generator_loss": generator_loss.item(),
        "pixel_difference": pixels.item(),
        "feature_difference": layers.item(),
    }


# The discriminator's phase and the generator's, for each value of `Updates`.
PHASES: dict[str, tuple[Phase, Phase]] = {
    "separate": (discriminator_separately, generator_phase),
    "joint": (discriminator_jointly, generator_phase),
    "classifying": (discriminator_classifying, generator_classifying),
    "distilling": (discriminator_jointly, generator_distilling),
}


@torch.no_grad()
def _fakes(state: State, label: Tensor) -> Tensor:
    """Return fakes for the discriminator, without gradients to the generator: in -1..1."""
    state.generator.train(mode=state.recipe.fakes_from == "batch")
    return _images(state, label)


# Forward passes may run in bfloat16; these three functions return float32 regardless.


def _images(state: State, label: Tensor) -> Tensor:
    """Return the generator's images of fresh styles: float32 in -1..1."""
    with state.device.forward_pass():
        images: Tensor = state.generator(state.styles(), label)
    return images.float()


def _logits(state: State, images: Tensor, label: Tensor) -> Tensor:
    """Return the discriminator's logits of images and labels: float32 (N,)."""
    with state.device.forward_pass():
        logits: Tensor = state.discriminator(images, label)
    return logits.float()


def _reading(state: State, images: Tensor) -> tuple[Tensor, Tensor]:
    """Return a classifying discriminator's logits, float32 (N,), and class logits, float32 (N, n_classes)."""
    if not isinstance(state.discriminator, ClassifyingDiscriminator):
        raise TypeError(f"classifying updates need a discriminator that reads classes, not {state.discriminator}")
    with state.device.forward_pass():
        logits, classes = state.discriminator.read(images)
    return logits.float(), classes.float()


def _image_loss(state: State) -> ImageLoss:
    """Return the loss of a recipe whose updates look at one image at a time."""
    loss = LOSSES[state.recipe.loss]
    if not isinstance(loss, ImageLoss):
        raise TypeError(f"{state.recipe.updates} updates need a loss on images, not {loss.name}")
    return loss


def _penalty(state: State, images: Tensor, fakes: Tensor, label: Tensor) -> Tensor | float:
    """Return the recipe's weighted penalty on the discriminator; 0 if none is due."""
    match state.recipe.penalty:
        case GradientPenalty(gamma=gamma, every=every) if state.iteration % every == 0:
            r1 = gradient_penalty(state.discriminator, images, label)
            return every * gamma / 2 * (r1 + gradient_penalty(state.discriminator, fakes, label))
        case SlopePenalty(weight=weight):
            return weight * slope_penalty(state.discriminator, images, fakes, label, state.shares())
        case _:
            return 0.0


def _step(state: State, optimizer: Optimizer, loss: Tensor) -> None:
    """Make an optimiser step for a loss that is a mean over rows, with its gradient averaged over the team."""
    optimizer.zero_grad()
    loss.backward()  # type: ignore[no-untyped-call] # torch's stubs lack it
    state.team.average_gradients(weight for group in optimizer.param_groups for weight in group["params"])
    optimizer.step()
