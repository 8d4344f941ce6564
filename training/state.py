"""Everything that a run needs to continue as if it had never stopped, in one object."""

import copy
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.optim import Adam

from .data import Dataset
from .device import CPU, Device
from .ema import Average, calibrated
from .errors import RunRefused
from .graphs.folding import folded
from .images.stream import BatchStream
from .networks.base import Discriminator, Generator
from .parallel.shared_layers import share
from .parallel.team import ALONE, Team
from .recipes.recipe import TrainingRecipe
from .teacher import Teacher

Figures = dict[str, float]


@dataclass
class Window:
    """Running totals of the figures since the last line of the history."""

    totals: Figures = field(default_factory=dict)
    n: int = 0

    def add(self, figures: Figures) -> None:
        """Add one iteration's figures."""
        self.totals = {name: self.totals.get(name, 0.0) + value for name, value in figures.items()}
        self.n += 1

    @property
    def means(self) -> Figures:
        """The means so far."""
        return {name: total / self.n for name, total in self.totals.items()}

    def take(self) -> Figures:
        """Return the means and reset the totals."""
        means = self.means
        self.totals, self.n = {}, 0
        return means


class Course:
    """A part of a run at one moment: how far it has come, what it has cost, and all that decides how it goes on.

    Args:
        log_every: iterations per line of its history.
        checkpoint_every: iterations per checkpoint.
        team: the processes that hold it together.
    """

    def __init__(self, log_every: int, checkpoint_every: int, team: Team = ALONE) -> None:
        self.log_every = log_every
        self.checkpoint_every = checkpoint_every
        self.team = team
        self.window = Window()
        self.iteration = 0
        self.elapsed_s = 0.0
        self.cpu_s = 0.0

    @property
    def images(self) -> int:
        """Real images shown so far, counting repeats."""
        raise NotImplementedError

    def stamp(self, progress: float) -> dict[str, float]:
        """Return the point in the run, with which a line of the history begins."""
        return {
            "iteration": self.iteration,
            "images": self.images,
            "progress": round(progress, 6),
            "elapsed_s": round(self.elapsed_s, 3),
            "cpu_s": round(self.cpu_s, 3),
        }

    def state_dict(self) -> dict[str, Any]:
        """Return the whole state as tensors and plain values, which `torch.load` reads with ``weights_only``."""
        return {
            "window": {"totals": self.window.totals, "n": self.window.n},
            "iteration": self.iteration,
            "elapsed_s": self.elapsed_s,
            "cpu_s": self.cpu_s,
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Restore a saved state with the same choices."""
        self.window = Window(**state["window"])
        self.iteration = state["iteration"]
        self.elapsed_s = state["elapsed_s"]
        self.cpu_s = state["cpu_s"]


class State(Course):
    """A training run at one moment: networks, optimisers, average, random states, data position, counters.

    Args:
        recipe: what is trained and how.
        dataset: the real images.
        seed: decides the first weights, the order of the data and the latents, each with a random generator of its own.
        device: where the networks are. All random numbers are drawn on the processor, so that a run can continue on
            any device.
        team: the processes that hold this state together, each with its rows of every batch.
        teacher: for a recipe that distils.
    """

    def __init__(
        self,
        recipe: TrainingRecipe,
        dataset: Dataset,
        seed: int,
        device: Device = CPU,
        team: Team = ALONE,
        teacher: Teacher | None = None,
    ) -> None:
        super().__init__(recipe.log_every, recipe.checkpoint_every, team)
        weights, order, noise = (int(s) for s in np.random.SeedSequence(seed).generate_state(3))
        self.recipe = recipe
        self.teacher = teacher
        self.seed = seed
        self.device = device
        torch.manual_seed(weights)
        self.generator = recipe.generator.build()
        self.discriminator = recipe.discriminator.build()
        if recipe.channels_last:
            for network in (self.generator, self.discriminator):
                network.to(memory_format=torch.channels_last)  # type: ignore[call-overload] # torch's stubs lack it
        self.average = Average(self.generator.to(device.where)) if recipe.average_half_life_images else None
        for network in (self.generator, self.discriminator):
            share(network, team, device, recipe.batch_size)
            network.to(device.where)
        self.generator_optimizer = self._adam(self.generator)
        self.discriminator_optimizer = self._adam(self.discriminator)
        self.stream = BatchStream(
            dataset.train_images,
            dataset.train_labels,
            batch_size=recipe.batch_size,
            sampling=recipe.sampling,
            seed=order,
            n_stacked=recipe.n_stacked,
        )
        self.noise = torch.Generator().manual_seed(noise)
        self.rollbacks = 0

    @property
    def images(self) -> int:
        """Real images shown so far, counting repeats."""
        return self.iteration * self.recipe.images_an_iteration

    def batch(self) -> tuple[Tensor, Tensor]:
        """Return this process's rows of the next batch: images in -1..1, labels int64 (B,).

        Images are float32 (B, H, W), or (B, C, H, W) in colour and for stacks.
        """
        images, label = self.stream.next()
        return self._mine(images), self._mine(label)

    def styles(self) -> Tensor:
        """Return this process's rows of a batch of fresh styles: float32 (B, style_size), standard normal."""
        return self._mine(torch.randn(self.recipe.batch_size, self.generator.style_size, generator=self.noise))

    def shares(self) -> Tensor:
        """Return this process's rows of a batch of shares: float32 (B,), uniform in 0..1."""
        return self._mine(torch.rand(self.recipe.batch_size, generator=self.noise))

    def branch(self, rollback: int) -> None:
        """Continue with another data order and other latents, decided by the seed and this number."""
        other, order, noise = (int(s) for s in np.random.SeedSequence([self.seed, rollback]).generate_state(3))
        torch.manual_seed(other)
        self.stream.reseed(order)
        self.noise.manual_seed(noise)
        self.rollbacks = rollback

    def served_generator(self) -> Generator:
        """Return the generator that sheets show and exports hold, in evaluation mode: the average if there is one.

        It is on the processor, whatever the device, because everything that uses it is.
        """
        if self.average is None:
            return copy.deepcopy(self.generator).cpu().eval()
        return calibrated(copy.deepcopy(self.average.generator).cpu())

    def state_dict(self) -> dict[str, Any]:
        """Return the whole state as tensors and plain values, which `torch.load` reads with ``weights_only``."""
        return super().state_dict() | {
            "generator": self.generator.state_dict(),
            "discriminator": self.discriminator.state_dict(),
            "average": self.average.generator.state_dict() if self.average else None,
            "generator_optimizer": self.generator_optimizer.state_dict(),
            "discriminator_optimizer": self.discriminator_optimizer.state_dict(),
            "stream": self.stream.state_dict(),
            "noise": self.noise.get_state(),
            "torch_random": torch.get_rng_state(),
            "rollbacks": self.rollbacks,
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Restore a saved state of a run with the same recipe and data."""
        super().load_state_dict(state)
        self.generator.load_state_dict(state["generator"])
        self.discriminator.load_state_dict(state["discriminator"])
        if self.average:
            self.average.generator.load_state_dict(state["average"])
        self.generator_optimizer.load_state_dict(state["generator_optimizer"])
        self.discriminator_optimizer.load_state_dict(state["discriminator_optimizer"])
        self.stream.load_state_dict(state["stream"])
        self.noise.set_state(state["noise"])
        torch.set_rng_state(state["torch_random"])
        self.rollbacks = state.get("rollbacks", 0)  # older states lack it

    def _mine(self, drawn: Tensor) -> Tensor:
        return self.team.rows(drawn).to(self.device.where)

    def _adam(self, network: Generator | Discriminator) -> Adam:
        adam = self.recipe.adam
        return Adam(
            network.parameters(), lr=adam.learning_rate, betas=(adam.beta1, adam.beta2), eps=adam.eps, fused=True
        )


def served(recipe: TrainingRecipe, saved: dict[str, Any]) -> Generator:
    """Return the generator of a saved state as `State.served_generator` does, without the rest of the state.

    Raises:
        RunRefused: the state holds no weights of the recipe's generator.
    """
    generator = recipe.generator.build()
    if saved.get("is_folded"):  # the weights of a post-training, which begins without normalisations
        generator = folded(generator)
    average = saved.get("average")
    try:
        generator.load_state_dict(saved["generator"] if average is None else average)
    except (KeyError, TypeError, RuntimeError, AttributeError) as error:
        reason = str(error).partition("\n")[0]
        raise RunRefused(f"a checkpoint holds no generator of recipe {recipe.name!r}: {reason}") from error
    return generator.eval() if average is None else calibrated(generator)
