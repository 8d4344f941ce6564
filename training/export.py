"""Turns a run into a model version that the service can load: graph, parity, card and samples, then one rename."""

import hashlib
import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from digitgan.cli.program import program
from digitgan.contract import card as cards
from digitgan.contract.card import Card, Golden, Metric, ModelFile, TrainingData
from digitgan.contract.latents import seeds_to_latents
from digitgan.contract.post_training import PostTrainingFacts

from . import checkpoints, history
from .drawing import sheets
from .errors import ExportRefused, RunRefused
from .graphs.folding import folded
from .graphs.foreign import ForeignGraph
from .graphs.graph import OPSET, ServedGenerator, multiply_adds, to_onnx
from .graphs.parity import check, check_rows
from .graphs.sessions import GeneratorSession
from .graphs.speed import measure
from .networks.base import Generator
from .recipes import catalogue
from .recipes.recipe import TrainingRecipe
from .run import Run, software, source_commit, without_places
from .state import served

_GOLDEN_SEEDS = 10
_SAMPLES_ROWS = 10

Scorer = Callable[[Path], dict[str, Metric]]


def export(
    run: Run, root: Path, version: str, *, judge: Scorer | None, replaces: bool = False, model_name: str | None = None
) -> Path:
    """Write the best snapshot of a run as a model version; return its folder, ``root/<model>/<version>``.

    Args:
        run: with at least one checkpoint.
        root: the folder of all models.
        version: a whole number from 1.
        judge: scores the graph's file for the card; None leaves the metrics out.
        replaces: whether an existing version is replaced.
        model_name: None for the recipe's name.

    Raises:
        ExportRefused: the version exists, the graph differs from its module, an image depends on its batch, or the
            images do not follow the model contract. Nothing is left behind.
        RunRefused: the run has no checkpoint, or its recipe has changed since.
    """
    recipe = recipe_of(run)
    check_servable(recipe)
    model_name = model_name or recipe.name
    folder = root / model_name / version
    check_free(folder, replaces)
    saved = snapshot_of(run)
    generator = served(recipe, saved)
    graph = ServedGenerator(folded(generator))
    model = to_onnx(graph)
    parity = check(model, generator)
    content = model.SerializeToString(deterministic=True)
    description = run.read()
    class_names = description["data"].pop("class_names", None)
    spent = saved.get("post_training")

    with staged(folder) as aside:
        (aside / cards.MODEL_FILE).write_bytes(content)
        onnx_generator = GeneratorSession(content)
        check_rows(onnx_generator, graph.latent_size)
        write_samples(onnx_generator, graph, aside / cards.SAMPLES_FILE)
        card = Card(
            contract=cards.CONTRACT,
            model=model_name,
            version=version,
            created=datetime.now(UTC).replace(microsecond=0),
            description=recipe.description,
            file=ModelFile(
                sha256=hashlib.sha256(content).hexdigest(),
                size_bytes=len(content),
                opset=OPSET,
                ir_version=model.ir_version,
            ),
            latent_size=graph.latent_size,
            style_size=graph.style_size,
            n_classes=graph.n_classes,
            style_scale=saved.get("style_scale", 1.0),
            class_names=class_names if graph.n_classes else None,
            image_height=recipe.size[0],
            image_width=recipe.size[1],
            image_channels=3 if recipe.colour == "rgb" else 1,
            n_parameters=sum(weight.numel() for weight in graph.parameters()),
            multiply_adds=multiply_adds(graph),
            teacher=description.get("teacher"),
            speed=measure(onnx_generator, graph.latent_size),
            recipe=cards.Recipe(name=recipe.name, configuration=description["recipe"]),
            training=cards.Training(
                seed=description["options"]["seed"],
                iterations=saved["iteration"],
                images=saved["iteration"] * recipe.images_an_iteration,
                wall_s=round(saved["elapsed_s"] + (spent["wall_s"] if spent else 0), 1),
                cpu_s=round(saved["cpu_s"] + (spent["cpu_s"] if spent else 0), 1),
                threads=description["options"]["threads"],
                command=without_places(description["starts"][-1]["command"]),  # older runs recorded absolute paths
                post_training=PostTrainingFacts(**spent) if spent else None,
            ),
            history=history.thinned(history.read(run.history), saved["iteration"]),
            data=TrainingData(**description["data"]),
            metrics=judge(aside / cards.MODEL_FILE) if judge else {},
            parity=parity,
            golden=golden(onnx_generator, graph),
            software=software(),
            source_commit=source_commit(),
            licence="Apache-2.0",
        )
        cards.write_card(card, aside)
    return folder


def check_free(folder: Path, replaces: bool) -> None:
    """Raise ExportRefused if a version's folder exists and must not be replaced."""
    if folder.exists() and not replaces:
        raise ExportRefused(f"{folder}: already exists; choose another --version, or pass --replace")


def check_servable(recipe: TrainingRecipe) -> None:
    """Raise ExportRefused unless a recipe's images follow the model contract."""
    if recipe.stacks_digits:
        raise ExportRefused(
            f"recipe {recipe.name!r} stacks digits as the channels of an image, which the service does not draw; "
            f"train it and score it with {program()} stacks RUN"
        )


def best_generator(run: Run) -> Generator:
    """Return a run's best generator, in evaluation mode.

    Raises:
        RunRefused: the run has no checkpoint, or its recipe has changed since.
    """
    return served(recipe_of(run), snapshot_of(run))


def snapshot_of(run: Run) -> dict[str, Any]:
    """Return the post-trained snapshot if there is one, or else the one that `trained_snapshot` returns."""
    return checkpoints.read(run.post_trained) or trained_snapshot(run)


def trained_snapshot(run: Run) -> dict[str, Any]:
    """Return the snapshot that the judge rated best, or the last checkpoint if there was no judge."""
    saved = checkpoints.read(run.best) or checkpoints.latest(run.checkpoints)
    if saved is None:
        raise RunRefused(f"{run.folder}: the run has no checkpoint yet")
    return saved


def recipe_of(run: Run) -> TrainingRecipe:
    """Return the recipe that a run was trained with.

    Raises:
        RunRefused: the recipe of that name has changed since.
    """
    configuration = run.read()["recipe"]
    recipe = catalogue.find(configuration["name"])
    if not recipe.stacks_digits:
        drawn = configuration["generator"]
        height, width = drawn.get("size", recipe.size)
        recipe = recipe.for_images(drawn.get("n_classes") or 1, (height, width), drawn.get("n_channels", 1))
    if json.loads(json.dumps(recipe.configuration())) != recipe.with_defaults(configuration):
        raise RunRefused(f"{run.folder}: recipe {recipe.name!r} has changed since this run was trained")
    return recipe


def write_samples(generator: GeneratorSession, graph: ServedGenerator | ForeignGraph | Card, path: Path) -> None:
    """Draw the model's sheet with the exported graph, for the seeds and classes of `training.drawing.sheets`."""
    seeds, label = sheets.grid(_SAMPLES_ROWS, graph.n_classes)
    images = _images(generator, seeds_to_latents(seeds, graph.latent_size), label)
    sheets.write_sheet(images, sheets.n_columns(_SAMPLES_ROWS, graph.n_classes), path)


def golden(generator: GeneratorSession, graph: ServedGenerator | ForeignGraph | Card) -> list[Golden]:
    """Return the images of ten seeds as digests: with the labels in turn, then with the latents' own classes."""
    labels: list[int | None] = [None]
    if graph.n_classes:
        labels.insert(0, 0)
    pixels = []
    for base in labels:
        for seed in range(_GOLDEN_SEEDS):
            label = None if base is None else seed % graph.n_classes
            latent = seeds_to_latents([seed], graph.latent_size)
            image = _images(generator, latent, np.array([-1 if label is None else label]))
            pixels.append(Golden(seed=seed, label=label, pixels_sha256=hashlib.sha256(image.tobytes()).hexdigest()))
    return pixels


def _images(generator: GeneratorSession, latent: NDArray[np.float32], label: NDArray[np.int64]) -> NDArray[np.uint8]:
    """Return uint8 (N, H, W), or (N, H, W, 3) in RGB."""
    (images,) = generator.run(latent, label)
    return images.astype(np.uint8, copy=False)


@contextmanager
def staged(folder: Path) -> Iterator[Path]:
    """Yield an empty folder to fill, then put it in the place of a version's folder, by one rename.

    An exception leaves nothing behind.

    Raises:
        OSError: a file cannot be written, as on a full disk; it names a path.
    """
    aside = folder.with_name(f".{folder.name}.tmp")
    shutil.rmtree(aside, ignore_errors=True)
    try:
        aside.mkdir(parents=True)
        yield aside
        _put(aside, folder)
    except OSError as error:
        if error.errno is None or error.filename is not None:
            raise
        raise OSError(error.errno, error.strerror, str(folder)) from None  # a failed write does not name its file
    finally:
        shutil.rmtree(aside, ignore_errors=True)
        with suppress(OSError):
            folder.parent.rmdir()  # only if it is empty


def _put(aside: Path, folder: Path) -> None:
    """Rename a finished folder to the version's folder, replacing an existing one."""
    old = folder.with_name(f".{folder.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    if folder.exists():
        folder.rename(old)
    aside.rename(folder)
    shutil.rmtree(old, ignore_errors=True)
