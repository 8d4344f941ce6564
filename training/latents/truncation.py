"""The truncation curve: how an exported model's likeness and variety change as its styles are scaled."""

from pathlib import Path

from rich.table import Table

from digitgan.contract.card import MODEL_FILE, TruncationPoint, read_card, write_card

from ..choices import FIRST_SEED
from ..data import Dataset
from ..evaluate import requested_labels, seeds_from
from ..judging import check_data
from ..metrics import distances, neighbours
from ..metrics.classes import label_accuracy
from ..metrics.generators import ScorableGenerator
from ..metrics.reference import reference, required_judges
from ..revision import read_version, revised

TRUNCATIONS = (0.0, 0.25, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.1, 1.25)


def truncation_curve(
    onnx_path: Path, dataset: Dataset, *, n_images: int = 10_000, cache: Path | None = None, judge: Path | None = None
) -> list[TruncationPoint]:
    """Return the scores of an exported model at each truncation, by the selecting judge.

    Every point uses the seeds and labels of the first draw of `training.evaluate`, so that points differ only by the
    truncation, and the point at 1 equals that draw. With 10,000 images, all points take ten times as long as one draw.

    Args:
        onnx_path: a file of the model contract.
        dataset: the real digits.
        n_images: at each truncation.
        cache: folder for the reference; default: the user's.
        judge: folder of the judges; None for the shipped ones, which read MNIST.

    Raises:
        NotScorable: the file cannot be loaded or run, or its images are unlike the real ones.
        JudgeRefused: a judge's file is missing or damaged, or no judge reads these data.
    """
    judges = required_judges(dataset.sha256, judge)
    real = reference(dataset, judges, n_images, cache)
    generator = ScorableGenerator(onnx_path, dataset)
    seeds, labels = seeds_from(FIRST_SEED, n_images), requested_labels(dataset, 0, n_images)
    points = []
    for truncation in TRUNCATIONS:
        reading = judges.selecting.read(generator.draw(seeds, labels, truncation))
        shares = neighbours.neighbour_scores(real.features, neighbours.manifold(reading.features))
        points.append(
            TruncationPoint(
                truncation=truncation,
                n_images=n_images,
                frechet_distance=distances.frechet_distance(distances.gaussian(reading.features), real.moments),
                precision=shares.precision,
                recall=shares.recall,
                coverage=shares.coverage,
                label_accuracy=label_accuracy(reading.labels, labels) if generator.is_conditional else None,
            )
        )
    return points


def add_curve(folder: Path, dataset: Dataset, *, n_images: int, judge: Path | None = None) -> list[TruncationPoint]:
    """Put the truncation curve of a version's model into its card; return the curve.

    Args:
        folder: of the version.
        dataset: the real digits that it learned from.
        n_images: at each truncation.
        judge: folder of the judges; None for the shipped ones, which read MNIST.

    Raises:
        DataRefused: the model learned from other data.
        ExportRefused: the version is damaged.
        NotScorable: the model cannot be run, or its images are unlike the real ones.
        JudgeRefused: a judge's file is missing or damaged, or no judge reads these data.
    """
    card, _ = read_version(folder)
    check_data(card.data, dataset)
    points = truncation_curve(folder / MODEL_FILE, dataset, n_images=n_images, judge=judge)
    with revised(folder) as aside:
        write_card(read_card(aside).model_copy(update={"truncation_curve": points}), aside)
    return points


def table(points: list[TruncationPoint]) -> Table:
    """Return the curve as a table for the terminal."""
    rows = Table(title=f"{points[0].n_images:,} images at each truncation")
    names = [name for name in TruncationPoint.model_fields if name != "n_images"]
    for name in names:
        rows.add_column(name.replace("_", " "), justify="right")
    for point in points:
        figures = [getattr(point, name) for name in names]
        rows.add_row(*("" if figure is None else f"{figure:.4g}" for figure in figures))
    return rows
