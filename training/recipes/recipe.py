"""What a recipe consists of: every choice that decides a training, as frozen values.

Each recipe is a file of its own beside this one.
"""

import math
from dataclasses import MISSING, asdict, dataclass, fields, is_dataclass, replace
from typing import Any, Literal, TypeVar

from ..choices import Colour
from ..errors import RecipeRefused, RunRefused
from ..images.stream import Sampling
from ..losses import LOSSES
from ..networks.base import DiscriminatorConfig, GeneratorConfig, Size
from ..networks.conv import size_refusal
from ..schedules import Decay, Horizon

Updates = Literal["separate", "joint", "classifying", "distilling"]
Statistics = Literal["moving", "batch"]
Network = TypeVar("Network", GeneratorConfig, DiscriminatorConfig)

_ONLY_SIZE: Size = (28, 28)  # of networks without a choice


@dataclass(frozen=True, kw_only=True)
class Adam:
    """Adam's hyperparameters, in Kingma and Ba's names.

    Args:
        learning_rate: at the start.
        beta1: decay of the gradient's moving average.
        beta2: decay of the squared gradient's moving average.
        eps: added to the root.
        decay: how the learning rate falls over the run.
    """

    learning_rate: float
    beta1: float
    beta2: float
    eps: float
    decay: Decay


@dataclass(frozen=True, kw_only=True)
class GradientPenalty:
    """R1 on real images and R2 on fakes, computed every few iterations with the weight multiplied by that number.

    Args:
        gamma: the weight; each of the two penalties gets half of it.
        every: iterations from one penalty to the next.
    """

    gamma: float
    every: int


@dataclass(frozen=True, kw_only=True)
class SlopePenalty:
    """A pull of the discriminator's slope between real images and fakes towards 1, at each step.

    Args:
        weight: of the squared distance from 1; lambda in the paper.
    """

    weight: float


@dataclass(frozen=True, kw_only=True)
class Distillation:
    """How much a student's distance from its teacher counts beside the discriminator's verdict, latent by latent.

    Args:
        pixels: weight of the mean absolute difference of pixels, in -1..1.
        features: weight of the mean absolute difference of the discriminator's features, all layers weighted equally.
    """

    pixels: float
    features: float


@dataclass(frozen=True, kw_only=True)
class PostTraining:
    """A last stage without a discriminator, from the best snapshot of the training; see `training.post_training`.

    Args:
        feature_iterations: steps of each of the networks whose features are compared; they are trained first.
        iterations: steps of the generator.
        full_after: iterations of training after which the stage has its full length; after fewer, it is shorter in
            proportion.
        budget_share: share of a --budget that is left for it, in 0..1. It is shorter if its iterations need less.
        feature_share: share of that time for the networks.
        n_classes: classes a step of the generator; more than there are means all.
        batch_size: generated images of each of these classes.
        n_real: real images of each of these classes.
        learning_rate: at the peak, after a twentieth of the steps; from there it falls to 0.
        average_half_life: of the moving average of the weights, in steps; it is shorter while the average is young.
        pixels: weight of the energy distance in pixels.
        features: weight of the energy distance in each layer of each network.
        hinge: weight of the margin by which each network should prefer the requested class.
        hinge_from: share of the generator's part after which the hinge counts, in 0..1.
        margin: in logits, beyond which a margin costs nothing.
    """

    feature_iterations: int = 1400
    iterations: int = 400
    full_after: int = 10_000
    budget_share: float = 0.12
    feature_share: float = 0.2
    n_classes: int = 2
    batch_size: int = 192
    n_real: int = 512
    learning_rate: float = 2e-4
    average_half_life: float = 100.0
    pixels: float = 1.0
    features: float = 1.0
    hinge: float = 0.3
    hinge_from: float = 0.5
    margin: float = 0.5

    def after(self, iteration: int) -> tuple[int, int]:
        """Return the steps of the networks and of the generator after so many iterations of training."""
        share = min(iteration / self.full_after, 1.0)
        return math.ceil(share * self.feature_iterations), math.ceil(share * self.iterations)


@dataclass(frozen=True, kw_only=True)
class TrainingRecipe:
    """One way to train one generator.

    Args:
        name: of the recipe and of the model that it makes; the file's name, with hyphens.
        description: one line for people.
        source: the papers and programs that it follows.
        generator: architecture and sizes.
        discriminator: architecture and sizes.
        loss: a key of `training.losses.LOSSES`.
        updates: ``separate`` steps the discriminator on real images, then on fakes; ``joint`` on both at once;
            ``classifying`` is ``separate`` with a class loss on each image; ``distilling`` is ``joint`` with a
            generator that also follows a teacher.
        fakes_from: the batch-normalisation statistics that the generator uses for the discriminator's fakes.
        adam: for both networks.
        penalty: on the discriminator's gradient, if any; only with ``joint`` and ``distilling`` updates.
        batch_size: images a batch.
        sampling: of the real images.
        iterations: where a run ends if neither --iterations nor --budget is given.
        average_half_life_images: half-life of the moving average of the generator's weights, in images; None for no
            average.
        channels_last: whether convolutions use channels-last memory, which affects speed only.
        log_every: iterations per line of the history.
        sheet_every: iterations per sample sheet.
        checkpoint_every: iterations per checkpoint.
        discriminator_phases: per generator phase, each on a batch of its own.
        distillation: required for ``distilling`` updates; the run then needs a teacher with the same latents.
        stacks_digits: whether the channels of an image are digits of their own rather than colours.
        post_training: a last stage, if any, with or without classes; not for stacks of images.

    Raises:
        RecipeRefused: two of the values contradict each other.
    """

    name: str
    description: str
    source: str
    generator: GeneratorConfig
    discriminator: DiscriminatorConfig
    loss: str
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
    stacks_digits: bool = False
    post_training: PostTraining | None = None

    def __post_init__(self) -> None:
        """Raise RecipeRefused if two of the values contradict each other."""
        if self.loss not in LOSSES:
            raise self._refusal(f"unknown loss {self.loss!r}; available losses: {', '.join(LOSSES)}")
        loss = LOSSES[self.loss]
        if loss.compares == "pairs" and self.updates != "joint":
            raise self._refusal(f"loss {self.loss!r} compares pairs, which needs 'joint' updates, not {self.updates!r}")
        if loss.needs_penalty and self.penalty is None:
            raise self._refusal(f"loss {self.loss!r} needs a penalty on the discriminator's gradient")
        if self.penalty is not None and self.updates not in ("joint", "distilling"):
            raise self._refusal(f"{self.updates!r} updates apply no penalty; 'joint' and 'distilling' do")
        if (self.updates == "distilling") != (self.distillation is not None):
            raise self._refusal("'distilling' updates and the weights in distillation need each other")
        if self.post_training:
            self._check_post_training(self.post_training)

    def _check_post_training(self, post: PostTraining) -> None:
        """Raise RecipeRefused if a post-training cannot follow this training, or has a value outside its range."""
        if self.stacks_digits:
            raise self._refusal("post-training compares single images, not stacks; leave post_training out")
        allowed: list[tuple[str, bool]] = [
            ("full_after, n_classes: at least 1", min(post.full_after, post.n_classes) >= 1),
            ("feature_iterations, iterations: at least 0", min(post.feature_iterations, post.iterations) >= 0),
            ("batch_size, n_real: at least 2", min(post.batch_size, post.n_real) >= 2),
            (
                "budget_share, feature_share: between 0 and 1",
                all(0 < s < 1 for s in (post.budget_share, post.feature_share)),
            ),
            ("hinge_from: 0 to 1", 0 <= post.hinge_from <= 1),
            ("learning_rate, average_half_life: more than 0", min(post.learning_rate, post.average_half_life) > 0),
            (
                "pixels, features, hinge, margin: at least 0",
                min(post.pixels, post.features, post.hinge, post.margin) >= 0,
            ),
        ]
        if wrong := [text for text, is_so in allowed if not is_so]:
            raise self._refusal(f"post_training has values that are not allowed; {'; '.join(wrong)}")

    def _refusal(self, reason: str) -> RecipeRefused:
        return RecipeRefused(f"recipe {self.name!r}: {reason}")

    @property
    def images_an_iteration(self) -> int:
        """Real images that the discriminator sees in one iteration."""
        return self.batch_size * self.discriminator_phases

    @property
    def n_channels(self) -> int:
        """Channels of an image: 1 for grey, 3 for colours, and for stacks the number of real images in one."""
        return getattr(self.generator, "n_channels", 1)

    @property
    def n_stacked(self) -> int:
        """Real images that are the channels of one: 1 unless it stacks digits."""
        return self.n_channels if self.stacks_digits else 1

    @property
    def colour(self) -> Colour:
        """The colours of the real images that it takes."""
        return "rgb" if self.n_channels == 3 and not self.stacks_digits else "grey"

    @property
    def size(self) -> Size:
        """Height and width of its images."""
        height, width = getattr(self.generator, "size", _ONLY_SIZE)
        return height, width

    def training_horizon(self, horizon: Horizon) -> Horizon:
        """Return where the training itself ends in a run that ends at a horizon: a budget also covers post-training."""
        share = self.post_training.budget_share if self.post_training else 0.0
        return horizon.share(1 - share, horizon.iterations)

    def configuration(self) -> dict[str, Any]:
        """Return every value by name, ready for JSON."""
        return asdict(self)

    def for_images(self, n_classes: int, size: Size = _ONLY_SIZE, n_channels: int = 1) -> "TrainingRecipe":
        """Return this recipe for data with that many classes and images of that kind.

        An unconditional recipe ignores the number of classes. Convolutional networks take the size and the channels
        of the data.

        Args:
            n_classes: at least 1.
            size: height and width of the images.
            n_channels: 1 for grey images, 3 for colours.

        Raises:
            RunRefused: the recipe is conditional and the data have one class, it stacks digits and the data do not
                have ten classes, or its networks cannot draw such images.
        """
        if self.stacks_digits and n_classes != 10:
            raise RunRefused(f"recipe {self.name!r} stacks images of ten classes, but the data have {n_classes:,}")
        if (size, n_channels) != (self.size, 1 if self.stacks_digits else self.n_channels):
            return self._resized(size, n_channels).for_images(n_classes, size, n_channels)
        generator = _with_classes(self.generator, n_classes)
        if n_classes < 2 and generator is not self.generator:
            raise RunRefused(
                f"recipe {self.name!r} draws by class, but the data have only one class; try 'mlp' or 'dcgan'"
            )
        return replace(self, generator=generator, discriminator=_with_classes(self.discriminator, n_classes))

    def _resized(self, size: Size, n_channels: int) -> "TrainingRecipe":
        """Return this recipe for images of another size or with other channels."""
        networks = self.generator, self.discriminator
        if self.stacks_digits or not all(hasattr(each, "size") for each in networks):
            raise RunRefused(
                f"recipe {self.name!r} draws only {spell(_ONLY_SIZE, 1)} pixels, but the images have "
                f"{spell(size, n_channels)}; make them so with --size 28 --colour grey, or take a recipe for any size, "
                "such as 'digits' or 'colour'"
            )
        if needed := size_refusal(size):
            raise RunRefused(
                f"recipe {self.name!r} cannot draw {spell(size, n_channels)} pixels: {needed}; choose another --size"
            )
        return replace(
            self,
            generator=_of_size(self.generator, size, n_channels),
            discriminator=_of_size(self.discriminator, size, n_channels),
        )

    def with_defaults(self, configuration: dict[str, Any]) -> dict[str, Any]:
        """Return a configuration with the fields that did not exist when it was written, at their defaults.

        This way a field with a default can be added without invalidating existing runs. Post-training is as in this
        recipe: it follows the training, and `training.post_training` makes it anew if it was made in another way.
        """
        post_training = asdict(self.post_training) if self.post_training else None
        return _with_defaults(self, configuration) | {"post_training": post_training}


def spell(size: Size, n_channels: int) -> str:
    """Return a kind of images in words, such as `32 x 32 RGB`, without the noun."""
    return f"{size[0]} x {size[1]} {'grey' if n_channels == 1 else 'RGB'}"


def _of_size(network: Network, size: Size, n_channels: int) -> Network:
    """Return the configuration of a network for images of another size or with other channels."""
    return replace(network, size=size, n_channels=n_channels)  # type: ignore[type-var]


def _with_classes(network: Network, n_classes: int) -> Network:
    """Return a network's configuration with another number of classes, if it has classes."""
    return replace(network, n_classes=n_classes) if getattr(network, "n_classes", 0) else network  # type: ignore[type-var]


def _with_defaults(part: Any, configuration: dict[str, Any]) -> dict[str, Any]:
    """Return the configuration of one dataclass of a recipe with missing fields at their defaults."""
    complete = dict(configuration)
    for field in fields(part):
        value, written = getattr(part, field.name), complete.get(field.name)
        if field.name not in complete and field.default is not MISSING:
            default = field.default
            complete[field.name] = list(default) if isinstance(default, tuple) else default  # as JSON has it
        elif is_dataclass(value) and isinstance(written, dict):
            complete[field.name] = _with_defaults(value, written)
    return complete
