"""Adds an encoder to a model version: graph, parity, figures, a sheet of pictures and the card, then one rename.

The version's generator stays byte for byte as it is.
"""

import copy
import hashlib
from pathlib import Path

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from rich.table import Table

from digitgan.contract import card as cards
from digitgan.contract.card import Likeness, ModelFile, Training

from ..data import Dataset
from ..drawing import sheets
from ..errors import ExportRefused
from ..export import best_generator
from ..graphs.graph import BATCH, OPSET, write_graph
from ..graphs.parity import check
from ..graphs.sessions import EncoderSession, GeneratorSession
from ..metrics.judge import Judge
from ..networks.base import Generator
from ..networks.encoder import EncoderNetwork, ServedEncoder
from ..revision import read_version, revised
from ..run import Run
from . import reconstruction
from .reconstruction import likeness

PICTURES_FILE = "reconstructions.png"
MAX_LATENT_DIFFERENCE = 1e-4
_N_COMPARED = 1000
_PAIRS_PER_CLASS = 4


def generator_of(folder: Path, run: Run) -> Generator:
    """Return the generator of a version's folder as a PyTorch module, in evaluation mode, from the run that made it.

    Raises:
        ExportRefused: the version is damaged, has no classes, or was not exported from this run.
        RunRefused: the run has no checkpoint, or its recipe has changed since.
    """
    card, content = read_version(folder)
    if not card.is_conditional:
        raise ExportRefused(f"{folder}: model {card.model!r} has no classes, which an encoder needs")
    generator = best_generator(run)
    try:
        check(onnx.load_from_string(content), generator)
    except ExportRefused as error:
        raise ExportRefused(f"{folder}: was not exported from the current snapshot of {run.folder}: {error}") from error
    return generator


def to_onnx(encoder: EncoderNetwork) -> onnx.ModelProto:
    """Return the graph: uint8 ``image`` (N, 28, 28) -> float32 ``latent`` (N, L), int64 ``class`` (N,)."""
    example = torch.zeros(2, 28, 28, dtype=torch.uint8)
    return write_graph(ServedEncoder(encoder), (example,), ["image"], ["latent", "class"], ({0: BATCH},))


def add_encoder(
    folder: Path, encoder: EncoderNetwork, training: Training, dataset: Dataset, judge: Judge
) -> cards.Encoder:
    """Put an encoder into a version's folder, with its figures on the test digits; return its part of the card.

    Args:
        folder: of the version with the generator on which it was trained.
        encoder: in evaluation mode.
        training: how it was trained.
        dataset: its test digits are encoded and drawn again.
        judge: reads them.

    Raises:
        ExportRefused: the graph differs from its module; the version stays unchanged.
    """
    card, content = read_version(folder)
    model = to_onnx(encoder)
    graph = model.SerializeToString(deterministic=True)
    difference = latent_difference(graph, encoder, dataset)
    generator = GeneratorSession(content)
    digits, labels = dataset.test_images, dataset.test_labels
    latent, classes = EncoderSession(graph).run(digits)
    drawn = reconstruction.reconstructions(generator, latent)
    nearest = reconstruction.nearest_generated(generator, card.latent_size, dataset)
    described = cards.Encoder(
        file=ModelFile(
            sha256=hashlib.sha256(graph).hexdigest(), size_bytes=len(graph), opset=OPSET, ir_version=model.ir_version
        ),
        n_parameters=sum(weight.numel() for weight in encoder.parameters()),
        training=training,
        max_latent_difference=difference,
        n_images=len(digits),
        label_accuracy=float((classes == labels).mean()),
        reconstruction=likeness(drawn, digits, labels, judge),
        mean_digit=likeness(reconstruction.mean_digits(dataset), digits, labels, judge),
        nearest_generated=likeness(nearest, digits, labels, judge),
        n_generated=reconstruction.N_GENERATED,
    )
    with revised(folder) as aside:
        (aside / cards.ENCODER_FILE).write_bytes(graph)
        _write_pictures(drawn, dataset, aside / PICTURES_FILE)
        cards.write_card(cards.read_card(aside).model_copy(update={"encoder": described}), aside)
    return described


@torch.no_grad()
def latent_difference(graph: bytes, encoder: EncoderNetwork, dataset: Dataset) -> float:
    """Return the largest difference between a graph's latents of test digits and the encoder's in float64.

    Raises:
        ExportRefused: it is more than 1e-4.
    """
    images = dataset.test_images[:_N_COMPARED]
    exact = copy.deepcopy(encoder).double()
    expected = torch.cat(exact(torch.from_numpy(images.copy()).double() / 127.5 - 1), dim=1)
    latent, _ = EncoderSession(graph).run(images)
    difference = float(np.abs(latent - expected.numpy()).max())
    if difference > MAX_LATENT_DIFFERENCE:
        raise ExportRefused(
            f"the encoder's graph differs from its PyTorch module by {difference:.1e}; {MAX_LATENT_DIFFERENCE:.0e} "
            "is allowed"
        )
    return difference


def _write_pictures(drawn: NDArray[np.uint8], dataset: Dataset, path: Path) -> None:
    """Draw the first test digits of each class, one class per column, each above its reconstruction."""
    places = [np.flatnonzero(dataset.test_labels == label) for label in np.unique(dataset.test_labels)]
    n_pairs = min(_PAIRS_PER_CLASS, *map(len, places))
    rows = np.stack([each[:n_pairs] for each in places], axis=1)  # (pairs, classes)
    pairs = np.stack([dataset.test_images[rows], drawn[rows]], axis=1)  # (pairs, 2, classes, 28, 28)
    sheets.write_sheet(pairs.reshape(-1, 28, 28), len(places), path)


def table(encoder: cards.Encoder) -> Table:
    """Return a table for the terminal: how close reconstructions and two baselines come to real digits."""
    rows = Table(title="pictures in place of real test digits")
    rows.add_column("made by")
    for name in Likeness.model_fields:
        rows.add_column(name.replace("_", " "), justify="right")
    for name in ("reconstruction", "nearest_generated", "mean_digit"):
        rows.add_row(name.replace("_", " "), *(f"{figure:.4g}" for _, figure in getattr(encoder, name)))
    return rows
