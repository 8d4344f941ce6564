"""Trains an encoder on real digits, on distorted ones, and on a generator's own images, whose latents are known.

First the guess is trained alone, then the guess and the steps together. A real digit should be unchanged after encoder
and generator, which stays fixed, and its style should be a likely one; any image should give its class; and a generated
image should give back its style, so that the styles of real digits lie where the generator's do.

Source: Zhu et al., "In-domain GAN inversion for real image editing" (2020), section 3.1, for real images through a
fixed generator.
"""

import string
import time
from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from digitgan.contract.card import Training

from ..data import Dataset, is_mnist
from ..images.distortion import distorted
from ..images.strangers import LETTERS, pairs, typed
from ..images.stream import BatchStream
from ..metrics.reference import training_rows
from ..networks.base import Generator
from ..networks.encoder import Guess
from ..run import environment
from ..schedules import Horizon, rate_factor
from .inversion import EncoderNetwork

N_STEPS = 24
_BATCH_SIZE = 64
_N_DISTORTED = 24  # of a batch's real digits
_N_GENERATED = 24  # images beside the real ones, as those below
_N_PAIRS = 8
_N_LETTERS = 8
_N_TYPED = 4  # digits
_GUESS_SHARE = 0.92  # of the training, in which there are no steps
_GUESS_RATES = (2e-3, 3e-4)  # learning rates of the guess, at first and with steps
_METRIC_RATE = 2e-3
_STEP_RATE = 1e-2
_LIKELY_WEIGHT = 0.1  # of half the squared norm, in units of half the squared distance between images in -1..1
_STYLE_WEIGHT = 0.06
_CLASS_WEIGHT = 20.0
_STRANGERS_WEIGHT = 10.0
_MAX_GRADIENT = 50.0
_ON_THE_WAY = 0.3  # weight of the styles between the guess and the last, times the square of their place
_TEMPERATURES = tuple(round(1.02**power, 3) for power in range(-60, 81))  # 0.3 to 4.9
_CALIBRATED_AT_ONCE = 500
_HELD_OUT = 12  # one in so many training digits is kept for calibration


def learn(
    generator: Generator,
    dataset: Dataset,
    horizon: Horizon,
    *,
    seed: int,
    on_iteration: Callable[[int, dict[str, float]], None] = lambda _iteration, _losses: None,
) -> tuple[EncoderNetwork, Training]:
    """Return an encoder for a class-conditional generator, in evaluation mode, and facts about its training.

    Args:
        generator: in evaluation mode.
        dataset: its training digits are used, but for those that `held_out` returns.
        horizon: where training ends; by then the learning rates have fallen to 0.
        seed: decides the first weights, the order of the digits and the latents; equal seeds give equal weights if the
            horizon is a number of iterations.
        on_iteration: called after each iteration with its number, from 1, and its losses.
    """
    torch.manual_seed(seed)
    encoder = EncoderNetwork(generator, N_STEPS)
    encoder.to(memory_format=torch.channels_last)  # type: ignore[call-overload] # torch's stubs lack it
    optimizer = _optimizer(encoder)
    seen = np.setdiff1d(np.arange(len(dataset.train_images)), held_out(dataset))
    stream = BatchStream(
        dataset.train_images[seen], dataset.train_labels[seen], batch_size=_BATCH_SIZE, sampling="by epoch", seed=seed
    )
    characters = (typed(string.digits), typed(LETTERS)) if is_mnist(dataset.sha256) else None
    iteration, began, began_cpu = 0, time.perf_counter(), time.process_time()
    while (progress := horizon.progress(iteration, time.perf_counter() - began)) < 1:
        _set_rates(optimizer, progress)
        has_steps = progress >= _GUESS_SHARE
        encoder.train(not has_steps)  # the steps are trained for the guesses that they will get
        loss, losses = _losses(encoder, *stream.next(), characters, n_steps=None if has_steps else 0)
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call] # torch's stubs lack it
        torch.nn.utils.clip_grad_norm_(encoder.parameters(), _MAX_GRADIENT)
        optimizer.step()
        iteration += 1
        on_iteration(iteration, {name: each.item() for name, each in losses.items()})
    calibrate(encoder.eval(), dataset)
    return encoder, Training(
        seed=seed,
        iterations=iteration,
        images=iteration * _BATCH_SIZE,
        wall_s=round(time.perf_counter() - began, 1),
        cpu_s=round(time.process_time() - began_cpu, 1),
        threads=torch.get_num_threads(),
        command=environment()["command"],
    )


def held_out(dataset: Dataset) -> NDArray[np.int64]:
    """Return the rows of the training digits that no encoder is trained on: one in twelve, to calibrate it."""
    return training_rows(dataset, 0, len(dataset.train_images) // _HELD_OUT)


@torch.no_grad()
def calibrate(encoder: EncoderNetwork, dataset: Dataset) -> float:
    """Scale an encoder's class scores so that their softmax is honest on held-out digits; return the divisor.

    Source: Guo et al., "On calibration of modern neural networks" (2017), section 4.2.

    Args:
        encoder: in evaluation mode; its last layer for scores is changed.
        dataset: whose training digits were held out.
    """
    rows = held_out(dataset)
    images = torch.from_numpy(dataset.train_images[rows]).float().div_(127.5).sub_(1)
    scores = torch.cat([encoder.guess(each).scores for each in torch.split(images, _CALIBRATED_AT_ONCE)]).double()
    label = torch.from_numpy(dataset.train_labels[rows].astype(np.int64))
    losses = {each: float(functional.cross_entropy(scores / each, label)) for each in _TEMPERATURES}
    temperature = min(losses, key=losses.__getitem__)
    encoder.guess.classes.weight.div_(temperature)
    encoder.guess.classes.bias.div_(temperature)
    return temperature


def _optimizer(encoder: EncoderNetwork) -> torch.optim.Optimizer:
    """Return an optimizer with the parameters of guess, metric and steps in groups of their own."""
    layers = encoder.guess
    guess = [weight for layer in (layers.layers, layers.style, layers.classes) for weight in layer.parameters()]
    metric = [*layers.scales.parameters(), encoder.directions]
    steps = [encoder.log_steps, encoder.momentum, encoder.pull]
    return torch.optim.Adam([{"params": each} for each in (guess, metric, steps)], betas=(0.9, 0.99), fused=True)


def _set_rates(optimizer: torch.optim.Optimizer, progress: float) -> None:
    """Set the learning rates, which fall linearly in both parts of the training."""
    alone = progress < _GUESS_SHARE
    factor = rate_factor("linear", progress / _GUESS_SHARE if alone else (progress - _GUESS_SHARE) / (1 - _GUESS_SHARE))
    rates = (max(_GUESS_RATES[0] * factor, _GUESS_RATES[1]) if alone else _GUESS_RATES[1] * factor,)
    for group, rate in zip(optimizer.param_groups, (*rates, _METRIC_RATE * factor, _STEP_RATE * factor), strict=True):
        group["lr"] = rate


def _losses(
    encoder: EncoderNetwork,
    real: Tensor,
    label: Tensor,
    characters: tuple[Tensor, Tensor] | None,
    *,
    n_steps: int | None,
) -> tuple[Tensor, dict[str, Tensor]]:
    """Return a scalar whose gradient is that of all losses, and the losses: each a scalar, weighted, of the last style.

    Args:
        encoder: its guess is trained, and its steps.
        real: images, float32 (B, 28, 28) in -1..1; the first are distorted here.
        label: int64 (B,).
        characters: typed digits and letters, float32 (N, 28, 28) in -1..1; None if the classes are no digits.
        n_steps: None for all.
    """
    real = torch.cat([distorted(real[:_N_DISTORTED]), real[_N_DISTORTED:]])
    style = torch.randn(_N_GENERATED, encoder.style_size)
    own = torch.randint(encoder.n_classes, (_N_GENERATED,))
    labels = [label, own]
    known, strangers = [real, encoder.drawn(style, own)], [pairs(real[: 2 * _N_PAIRS])]
    if characters:
        digits, letters = characters
        labels.append(torch.randint(len(digits), (_N_TYPED,)))
        known.append(distorted(digits[labels[-1]]))
        strangers.append(distorted(letters[torch.randint(len(letters), (_N_LETTERS,))]))
    n_known = sum(map(len, known))
    guess = encoder.guess(torch.cat([*known, *strangers]))
    # Drawn with the true label, not the one read, because only the class loss should teach reading.
    styles, gradients = encoder.path(real, Guess(*(each[: len(real)] for each in guess)), label, n_steps)
    distance, gradient = encoder.distance(real, styles[-1].detach(), label)
    # The distance's gradient to a style is known without backpropagation: its inner product with the style has it.
    slopes = [each + _LIKELY_WEIGHT * at.detach() for each, at in zip([*gradients, gradient], styles, strict=True)]
    weights = [1.0, *(_ON_THE_WAY * (place / len(gradients)) ** 2 for place in range(1, len(gradients))), 1.0]
    moved = sum(weight * (slope * at).sum() for weight, slope, at in zip(weights, slopes, styles, strict=False))
    returned = _STYLE_WEIGHT * (guess.style[len(real) : len(real) + len(style)] - style).square().sum(dim=1).mean()
    read = _CLASS_WEIGHT * functional.cross_entropy(guess.scores[:n_known], torch.cat(labels))
    # Each class is as likely as the others for a picture that is none of them.
    unsure = -_STRANGERS_WEIGHT * guess.scores[n_known:].log_softmax(dim=1).mean()
    return moved / len(real) + returned + read + unsure, {
        "image": distance.mean(),
        "likely": _LIKELY_WEIGHT * styles[-1].detach().square().sum(dim=1).mean() / 2,
        "style": returned,
        "class": read,
        "unsure": unsure,
    }
