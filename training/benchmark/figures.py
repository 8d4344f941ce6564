"""A model's figures: from its card, or from a measurement that completes the card."""

from dataclasses import dataclass
from pathlib import Path

from digitgan.contract.card import CARD_FILE, MODEL_FILE, Card, Metric, read_card, read_model_file, write_card
from digitgan.contract.errors import ModelRefused

from ..data import MNIST_SHA256, Dataset
from ..errors import NotScorable
from ..evaluate import CONDITIONAL, DEFINITIONS, evaluate
from ..judging import check_data
from ..metrics.generators import ForeignHints, ScorableGenerator
from ..metrics.method import method, stated
from ..metrics.reference import Judges
from .targets import TARGETS

READER = "classifier_accuracy_score"


@dataclass(frozen=True)
class ModelFigures:
    """The figures of one model.

    Args:
        name: of the model, or of a file without a card.
        metrics: by score.
        card: None for a file without one.
        read_as: how the inputs and outputs of a foreign generator were read; None for one of the model contract.
    """

    name: str
    metrics: dict[str, Metric]
    card: Card | None
    read_as: str | None = None

    @classmethod
    def of(cls, card: Card) -> "ModelFigures":
        """Return the figures in a card."""
        return cls(card.model, card.metrics, card)


def newest(root: Path) -> list[Path]:
    """Return the folder of the newest version of each model under a root, ordered by the models' names."""
    versions = (folder.parent for folder in root.glob(f"*/*/{CARD_FILE}"))
    latest: dict[str, Path] = {}
    for folder in sorted((each for each in versions if each.name.isdecimal()), key=lambda each: int(each.name)):
        latest[folder.parent.name] = folder
    return [latest[name] for name in sorted(latest)]


def is_of_mnist(folder: Path) -> bool:
    """Return whether a model version learned from all of MNIST.

    Others have figures from their own data in their cards, also those of the sample, whose floors are others.

    Raises:
        NotScorable: there is no readable card.
    """
    card = read(folder).card
    return card is not None and card.data is not None and card.data.sha256 == MNIST_SHA256


def read(path: Path) -> ModelFigures:
    """Return the figures in the card of a model version's folder, complete or not.

    Raises:
        NotScorable: there is no readable card.
    """
    if path.is_file():
        raise NotScorable(f"{path}: has no card, so its figures must be measured")
    try:
        return ModelFigures.of(read_card(path))
    except ModelRefused as error:
        raise NotScorable(str(error)) from error


def measured(path: Path, dataset: Dataset, judges: Judges, hints: ForeignHints | None = None) -> ModelFigures:
    """Return a model's complete figures, after completing a card that lacks some.

    This takes 3 minutes on one core, and 9 if readers are trained; and once 6 for readers of real digits.

    Args:
        path: of a model version's folder, or of an ONNX file, whose figures are not kept.
        dataset: the real digits.
        judges: a card's figures count only if these judges read the images.
        hints: for a file of a foreign generator.

    Raises:
        DataRefused: the card lacks figures, and the model learned from other data.
        NotScorable: there is no such model, its file does not match its card, or it cannot be scored.
    """
    if path.suffix == ".onnx":
        generator = ScorableGenerator(path, dataset, hints)
        return ModelFigures(path.stem, evaluate(generator, dataset, with_stacks=True), None, generator.read_as)
    figures = read(path)
    if figures.card is None or is_complete(figures.card, judges):
        return figures
    try:
        read_model_file(path, figures.card)
    except ModelRefused as error:
        raise NotScorable(f"{error}, and the card lacks figures") from error
    check_data(figures.card.data, dataset)
    metrics = evaluate(path / MODEL_FILE, dataset, with_stacks=True, with_reader=needs_reader(figures.card.model))
    card = figures.card.model_copy(update={"metrics": metrics})
    write_card(card, path)
    return ModelFigures.of(card)


def is_complete(card: Card, judges: Judges) -> bool:
    """Return whether a card holds every score that its model should have, each measured in full by these judges."""
    names = DEFINITIONS.keys() - (set() if card.is_conditional else CONDITIONAL)
    if not needs_reader(card.model):
        names -= {READER}
    return all(name in card.metrics and stated(card.metrics[name]) == method(name, judges) for name in names)


def needs_reader(model: str) -> bool:
    """Return whether readers are trained on a model's digits, which takes minutes and is done only for a target."""
    return READER in TARGETS.get(model, {})
