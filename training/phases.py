"""Knows the two halves of an iteration: a discriminator phase, then a generator phase.

Does not know schedules, counters or files. Each phase takes the state and a batch of real digits, makes its optimiser
steps and returns its figures; a new kind of update is a new function here and a new name in `DISCRIMINATOR_PHASES`.
"""

from collections.abc import Callable

import torch
from torch import Tensor

from training.losses import LOSSES, gradient_penalty
from training.state import Figures, State

Phase = Callable[[State, Tensor, Tensor], Figures]


def discriminator_separately(state: State, images: Tensor, label: Tensor) -> Figures:
    """Step on real images, then on as many fakes, with an optimiser step each, as the textbook program does."""
    loss = LOSSES[state.recipe.loss]
    if loss.on_real is None or loss.on_fake is None:
        raise ValueError(f"{state.recipe.loss} compares real with fake and has no separate updates")
    real = state.discriminator(images, label)
    real_loss = loss.on_real(real)
    _step(state.discriminator_optimizer, real_loss)
    fake = state.discriminator(_fakes(state, label), label)
    fake_loss = loss.on_fake(fake)
    _step(state.discriminator_optimizer, fake_loss)
    return {
        "discriminator_loss": (real_loss.item() + fake_loss.item()) / 2,
        "discriminator_accuracy": loss.accuracy(real, fake).item(),
    }


def discriminator_jointly(state: State, images: Tensor, label: Tensor) -> Figures:
    """Step once on real images and fakes of the same labels, with the gradient penalty where it is due."""
    loss = LOSSES[state.recipe.loss]
    fakes = _fakes(state, label)
    real, fake = state.discriminator(torch.cat([images, fakes]), torch.cat([label, label])).chunk(2)
    adversarial = total = loss.discriminator(real, fake)
    penalty = state.recipe.penalty
    if penalty and state.iteration % penalty.every == 0:
        r1_and_r2 = gradient_penalty(state.discriminator, images, label) + gradient_penalty(
            state.discriminator, fakes, label
        )
        total = adversarial + penalty.every * penalty.gamma / 2 * r1_and_r2
    _step(state.discriminator_optimizer, total)
    return {
        "discriminator_loss": adversarial.item(),
        "discriminator_accuracy": loss.accuracy(real, fake).item(),
        "logit_gap": (real.mean() - fake.mean()).item(),
    }


def generator_phase(state: State, images: Tensor, label: Tensor) -> Figures:
    """Step the generator once, on fresh styles, towards fakes that the discriminator takes for real."""
    loss = LOSSES[state.recipe.loss]
    state.generator.train()
    state.discriminator.requires_grad_(requires_grad=False)  # its gradients would be thrown away
    fake = state.discriminator(state.generator(state.styles(), label), label)
    real = state.discriminator(images, label) if loss.is_paired else fake  # an unpaired loss does not look at it
    generator_loss = loss.generator(real, fake)
    _step(state.generator_optimizer, generator_loss)
    state.discriminator.requires_grad_(requires_grad=True)
    return {"generator_loss": generator_loss.item()}


DISCRIMINATOR_PHASES: dict[str, Phase] = {"separate": discriminator_separately, "joint": discriminator_jointly}


@torch.no_grad()
def _fakes(state: State, label: Tensor) -> Tensor:
    """Return fakes for the discriminator, with the generator held fixed: float32 (B, 28, 28)."""
    state.generator.train(mode=state.recipe.fakes_from == "batch")
    fakes: Tensor = state.generator(state.styles(), label)
    return fakes


def _step(optimizer: torch.optim.Optimizer, loss: Tensor) -> None:
    optimizer.zero_grad()
    loss.backward()  # type: ignore[no-untyped-call] # torch's stubs lack it
    optimizer.step()
