"""The way back through a generator: a guess, and steps that correct it.

A guess alone is rough: a few convolutions cannot know what the generator will make of their answer. So the encoder
holds the generator, draws its guess, and moves the style down the gradient of the squared error. What is learned is how
far: for each image a metric, a positive definite matrix that turns the gradient into a step, as the inverse of the
Hessian does in Newton's method, and for each step a momentum and a pull towards likely styles.

Source: Andrychowicz et al., "Learning to learn by gradient descent by gradient descent" (2016), whose learned steps
also ignore how a step changes later gradients.
"""

import torch
from torch import Tensor, nn

from ..graphs.folding import folded
from ..graphs.gradient import pull_back
from ..graphs.graph import ServedGenerator
from ..networks.base import Generator
from ..networks.encoder import Guess, GuessNetwork

MAX_NORM = 9.15  # of a style: 95 of 100 random styles of 64 components are shorter
_DIRECTIONS = 128  # along which a metric scales the gradient
_STEP = 0.004  # the first size of all steps; from 0.01 on, errors grow before training
_MOMENTUM = 0.7
_KEPT = 0.3  # of a gradient on its way back over a step


class EncoderNetwork(nn.Module):
    """From images to styles and class scores.

    Args:
        generator: class-conditional, in evaluation mode; the network keeps a folded copy, which is never trained.
        n_steps: after the guess.
    """

    def __init__(self, generator: Generator, n_steps: int) -> None:
        super().__init__()
        self.style_size, self.n_classes, self.n_steps = generator.style_size, generator.n_classes, n_steps
        self.generator = ServedGenerator(folded(generator)).requires_grad_(False)
        self.guess = GuessNetwork(self.style_size, self.n_classes, _DIRECTIONS)
        self.directions = nn.Parameter(nn.init.orthogonal_(torch.empty(_DIRECTIONS, self.style_size)))
        self.log_steps = nn.Parameter(torch.full((n_steps, _DIRECTIONS), _STEP).log())
        self.momentum = nn.Parameter(torch.full((n_steps,), _MOMENTUM))
        self.pull = nn.Parameter(torch.zeros(n_steps))

    @property
    def latent_size(self) -> int:
        """Components of a latent: the style, then a score for each class."""
        return self.style_size + self.n_classes

    def path(
        self, images: Tensor, guess: Guess, label: Tensor, n_steps: int | None = None
    ) -> tuple[list[Tensor], list[Tensor]]:
        """Return the guessed style and the style after each step, and the gradients at all of them but the last.

        For backpropagation the gradients are constants.

        Args:
            images: float32 (N, 28, 28) in -1..1.
            guess: for these images.
            label: the class to draw, int64 (N,).
            n_steps: at most the network's; None for all of them.
        """
        styles, gradients = [bounded(guess.style)], []
        moved = torch.zeros_like(guess.style)
        for way in zip(self.log_steps[:n_steps], self.momentum[:n_steps], self.pull[:n_steps], strict=True):
            gradients.append(self.distance(images, styles[-1], label)[1])
            style, moved = self.step(styles[-1], moved, gradients[-1], guess.scales, *way)
            styles.append(style)
        return styles, gradients

    def step(
        self,
        style: Tensor,
        moved: Tensor,
        gradient: Tensor,
        scales: Tensor,
        log_steps: Tensor,
        momentum: Tensor,
        pull: Tensor,
    ) -> tuple[Tensor, Tensor]:
        """Return the next styles (N, S), and how far they moved, but for the bound on their length.

        Args:
            style: float32 (N, S).
            moved: by the step before.
            gradient: of the distance, at the style.
            scales: of the metrics, float32 (N, D).
            log_steps: of this step, (D,).
            momentum: the share of the last move that is repeated; a scalar.
            pull: the weight of half the squared norm; a scalar.
        """
        # Backpropagation does not see that a later step makes up for what an earlier one left; the share stands for it.
        kept = torch.lerp(style.detach(), style, _KEPT)
        along = (gradient + pull * style.detach()) @ self.directions.T * (log_steps + scales).exp()
        moved = momentum * moved - along @ self.directions
        return bounded(kept + moved), moved

    @torch.no_grad()
    def distance(self, images: Tensor, style: Tensor, label: Tensor) -> tuple[Tensor, Tensor]:
        """Return half the squared distance from images to the generator's, (N,), and its gradient to the style, (N, S).

        Args:
            images: float32 (N, 28, 28) in -1..1.
            style: float32 (N, S).
            label: int64 (N,).
        """
        first = self.generator.style
        drawn, gradient = pull_back(self.generator.rest, first(style) + self.generator.classes(label), images)
        return (drawn - images).square().sum(dim=(1, 2)) / 2, gradient @ first.weight

    @torch.no_grad()
    def drawn(self, style: Tensor, label: Tensor) -> Tensor:
        """Return the generator's images of styles (N, S) and labels (N,): float32 (N, 28, 28) in -1..1."""
        images: Tensor = self.generator.rest(self.generator.style(style) + self.generator.classes(label))
        return images

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Return styles, float32 (N, style_size), and class scores before any softmax, float32 (N, n_classes).

        Args:
            images: float32 (N, 28, 28) in -1..1.
        """
        guess = self.guess(images)
        styles, _ = self.path(images, guess, guess.scores.argmax(dim=1))
        return styles[-1], guess.scores


class ServedGuess(nn.Module):
    """The part of an encoder's graph before the steps.

    Args:
        encoder: trained.
    """

    outputs = ("images", "style", "moved", "scores", "scales", "class")

    def __init__(self, encoder: EncoderNetwork) -> None:
        super().__init__()
        self.encoder = encoder

    def forward(self, image: Tensor) -> tuple[Tensor, ...]:
        """Return the images in -1..1, the guessed styles, no moves, the scores, the scales and the classes.

        Args:
            image: uint8 (N, 28, 28), 0 is background.
        """
        images = image.float() / 127.5 - 1
        guess = self.encoder.guess(images)
        style = bounded(guess.style)
        return images, style, torch.zeros_like(style), guess.scores, guess.scales, guess.scores.argmax(dim=1)


class ServedStep(nn.Module):
    """A step of an encoder's graph.

    Args:
        encoder: trained.
    """

    inputs = ("style", "moved", "log_steps", "momentum", "pull", "images", "scales", "class")

    def __init__(self, encoder: EncoderNetwork) -> None:
        super().__init__()
        self.encoder = encoder

    def forward(
        self,
        style: Tensor,
        moved: Tensor,
        log_steps: Tensor,
        momentum: Tensor,
        pull: Tensor,
        images: Tensor,
        scales: Tensor,
        label: Tensor,
    ) -> tuple[Tensor, Tensor]:
        """Return the next styles and moves; the inputs are those of `EncoderNetwork.step`."""
        _, gradient = self.encoder.distance(images, style, label)
        return self.encoder.step(style, moved, gradient, scales, log_steps, momentum, pull)


def bounded(style: Tensor) -> Tensor:
    """Return styles (N, S), those longer than 9.15 shortened to it."""
    norm: Tensor = style.norm(dim=1, keepdim=True)
    return style * (MAX_NORM / norm.clamp(min=MAX_NORM))
