"""How far a run has come, and what follows for its learning rates and for the memory of its average."""

from dataclasses import dataclass
from typing import Literal

Decay = Literal["constant", "linear"]


@dataclass(frozen=True)
class Horizon:
    """Where a run ends: after a number of iterations or after a time, whichever comes first.

    Args:
        iterations: at least 0; None for no limit.
        budget_s: seconds of training without interruptions; None for no limit.
        cpu_budget_s: processor seconds of training, on however busy a machine; None for no limit.
    """

    iterations: int | None
    budget_s: float | None
    cpu_budget_s: float | None = None

    def share(self, share: float, iterations: int | None) -> "Horizon":
        """Return a horizon with that share of the times, from 0 to 1, and with other iterations."""
        seconds, cpu_seconds = (
            None if limit is None else share * limit for limit in (self.budget_s, self.cpu_budget_s)
        )
        return Horizon(iterations, seconds, cpu_seconds)

    @property
    def has_budget(self) -> bool:
        """Whether a time ends the run."""
        return self.budget_s is not None or self.cpu_budget_s is not None

    def progress(self, iteration: int, elapsed_s: float, cpu_s: float = 0.0) -> float:
        """Return how much of the run is done, from 0 to 1."""
        by_iterations = iteration / self.iterations if self.iterations else 1.0 if self.iterations == 0 else 0.0
        by_time = elapsed_s / self.budget_s if self.budget_s else 0.0
        by_cpu_time = cpu_s / self.cpu_budget_s if self.cpu_budget_s else 0.0
        return min(max(by_iterations, by_time, by_cpu_time), 1.0)


def rate_factor(decay: Decay, progress: float) -> float:
    """Return the factor on a learning rate: 1, or falling linearly from 1 at the start to 0 at the end."""
    return 1.0 if decay == "constant" else 1.0 - progress


def average_decay(half_life_images: float, batch_size: int, images_seen: int) -> float:
    """Return the weight that an average keeps over one iteration, 0..1.

    Early on, the half-life is a twentieth of the images seen, so that a short run's average does not consist of its
    beginning.

    Source: Karras et al., "Analyzing and improving the image quality of StyleGAN" (2020), whose code ramps up
    the half-life in the same way.
    """
    half_life = min(half_life_images, images_seen * 0.05)
    return float(0.5 ** (batch_size / half_life)) if half_life > 0 else 0.0
