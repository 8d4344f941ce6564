"""Knows what a recipe is: every choice that decides a training, as frozen values.

Does not know any particular recipe; each of those is a file beside this one.
"""

from dataclasses import MISSING, asdict, dataclass, fields, is_dataclass, replace
from typing import Any, Literal, TypeVar

from training.errors import RunRefused
from training.images.stream import Sampling
from training.networks.base import DiscriminatorConfig, GeneratorConfig
from training.schedules import Decay

LossName = Literal["bce", "bce-sum", "least-squares", "hinge", "wasserstein", "relativistic"]
Updates = Literal["separate", "joint", "classifying", "distilling"]
Statistics = Literal["moving", "batch"]
Network = TypeVar("Network", GeneratorConfig, DiscriminatorConfig)


@dataclass(frozen=True, kw_only=True)
class Adam:
    """Adam's hyperparameters, in Kingma and Ba's names.

    Args:
        learning_rate: at the start.
        beta1: memory of the gradient.
        beta2: memory of its square.
        eps: added to the root.
        decay: of the learning rate over the run.
    """

    learning_rate: float
    beta1: float
    beta2: float
    eps: float
    decay: Decay


@dataclass(frozen=True, kw_only=True)
class GradientPenalty:
    """R1 on real images and R2 on fakes, lazily: every few iterations, with the weight multiplied by as many.

    Args:
        gamma: the weight; each penalty counts half of it.
        every: iterations between two penalties.
    """

    gamma: float
    every: int


@dataclass(frozen=True, kw_only=True)
class SlopePenalty:
    """A pull of the discriminator's slope towards 1, between real images and fakes, at each step.

    Args:
        weight: of the squared distance from 1; lambda in the paper.
    """

    weight: float


@dataclass(frozen=True, kw_only=True)
class Distillation:
    """What a student minds besides the discriminator's verdict: how far it is from its teacher, latent by latent.

    Args:
        pixels: weight of the mean absolute difference of pixels, in -1..1.
        features: weight of the mean absolute difference of the discriminator's features, each layer counting the same.
    """

    pixels: float
    features: float


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """One way to train one generator.

    Args:
        name: of the recipe, and of the model that it makes.
        description: one line for people.
        source: where it comes from.
        generator: its sizes.
        discriminator: its sizes.
        loss: a key of `training.losses.LOSSES`.
        updates: ``separate`` steps the discriminator on real images, then on fakes; ``joint`` on both at once;
            ``classifying`` is ``separate`` with the loss of a class read from each image; ``distilling`` is ``joint``
            with a generator that also follows a teacher.
        fakes_from: the batch-normalisation statistics with which the discriminator's fakes are made.
        adam: for both networks.
        penalty: on the discriminator's gradient, if any; of ``joint`` updates.
        batch_size: images a batch.
        sampling: of the real images.
        iterations: when neither iterations nor a budget are asked for.
        average_half_life_images: of the moving average of the generator's weights; None for no average.
        channels_last: whether convolutions run on channels-last memory, which is a matter of speed alone.
        log_every: iterations a line of the history.
        sheet_every: iterations a sample sheet.
        checkpoint_every: iterations a checkpoint.
        discriminator_phases: to each generator phase, each on a batch of its own.
        distillation: of ``distilling`` updates; then a run is given a teacher with the same latents.
    """

    name: str
    description: str
    source: str
    generator: GeneratorConfig
    discriminator: DiscriminatorConfig
    loss: LossName
    updates: Updates
    fakes_from: Statistics
    adam: Adam
    penalty: GradientPenalty | SlopePenalty | None
    batch_size: int
    sampling: Sampling
    iterations: int
    average_half_life_images: float | None
    channels_last: bool
    log_every: int
    sheet_every: int
    checkpoint_every: int
    discriminator_phases: int = 1
    distillation: Distillation | None = None

    @property
    def images_an_iteration(self) -> int:
        """Real images that the discriminator is shown in one iteration."""
        return self.batch_size * self.discriminator_phases

    @property
    def n_channels(self) -> int:
        """Channels of an image: 1 is grey, 28 x 28; more are as many real images, stacked."""
        return getattr(self.generator, "n_channels", 1)

    def configuration(self) -> dict[str, Any]:
        """Return every value by name, as JSON holds it."""
        return asdict(self)

    def for_classes(self, n_classes: int) -> "Recipe":
        """Return this recipe with as many classes as the data have; an unconditional one as it is.

        Raises:
            RunRefused: the recipe draws by class, and there is only one; or it stacks digits, and there are not ten.
        """
        if self.n_channels > 1 and n_classes != 10:
            raise RunRefused(f"recipe {self.name!r} stacks images of ten classes, but the data have {n_classes}")
        generator = _with_classes(self.generator, n_classes)
        if n_classes < 2 and generator is not self.generator:
            raise RunRefused(f"recipe {self.name!r} draws by class, but the data have only one; try 'mlp' or 'dcgan'")
        return replace(self, generator=generator, discriminator=_with_classes(self.discriminator, n_classes))

    def with_defaults(self, configuration: dict[str, Any]) -> dict[str, Any]:
        """Return a configuration written before some fields existed, with these fields at their defaults.

        So a field with a default can be added to a recipe without making strangers of the runs that are there.
        """
        return _with_defaults(self, configuration)


def _with_classes(network: Network, n_classes: int) -> Network:
    """Return a network's sizes with another number of classes, if it has any."""
    return replace(network, n_classes=n_classes) if getattr(network, "n_classes", 0) else network  # type: ignore[type-var]


def _with_defaults(part: Any, configuration: dict[str, Any]) -> dict[str, Any]:
    """Return the configuration of a part of a recipe, a dataclass, with what it lacks."""
    complete = dict(configuration)
    for field in fields(part):
        value, written = getattr(part, field.name), complete.get(field.name)
        if field.name not in complete and field.default is not MISSING:
            complete[field.name] = field.default
        elif is_dataclass(value) and isinstance(written, dict):
            complete[field.name] = _with_defaults(value, written)
    return complete
