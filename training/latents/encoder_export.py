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
from digitgan.contract.certainty import confidences, errors

from ..data import Dataset
from ..drawing import sheets
from ..errors import ExportRefused
from ..graphs import reading
from ..graphs.graph import BATCH, OPSET, write_graph
from ..graphs.loop import repeated
from ..graphs.sessions import EncoderSession, GeneratorSession
from ..judging import check_data
from ..metrics.judge import Judge
from ..networks.base import Generator
from ..revision import read_version, revised
from . import reconstruction
from .encoder import held_out
from .inversion import EncoderNetwork, ServedGuess, ServedStep
from .reconstruction import likeness

PICTURES_FILE = "reconstructions.png"
MAX_LATENT_DIFFERENCE = 1e-4
_N_COMPARED = 200
_REFUSED = 0.001
_PAIRS_PER_CLASS = 4


def check_readable(card: cards.Card) -> None:
    """Raise ExportRefused unless an encoder can read a model's images."""
    if (card.image_height, card.image_width, card.image_channels) != (28, 28, 1):
        kind = "RGB" if card.image_channels == 3 else "grey"
        raise ExportRefused(
            f"model {card.model!r} draws {card.image_height} x {card.image_width} {kind} pixels, but an encoder reads "
            "only pictures of 28 x 28 grey pixels"
        )


def generator_of(folder: Path) -> Generator:
    """Return the generator of a version's folder as a PyTorch module, in evaluation mode, read from its graph.

    Raises:
        ExportRefused: the version is damaged, has no classes, or has an operator through which no gradient is known.
    """
    card, content = read_version(folder)
    if not card.is_conditional:
        raise ExportRefused(f"{folder}: model {card.model!r} has no classes, which an encoder needs")
    try:
        return reading.generator_of(onnx.load_from_string(content), card.style_size, card.n_classes)
    except ExportRefused as error:
        raise ExportRefused(f"{folder}: {error}") from error


def to_onnx(encoder: EncoderNetwork) -> onnx.ModelProto:
    """Return the graph: uint8 ``image`` (N, 28, 28) -> float32 ``latent`` (N, L), int64 ``class`` (N,)."""
    guess, step = ServedGuess(encoder), ServedStep(encoder)
    example = torch.zeros(2, 28, 28, dtype=torch.uint8)
    model = write_graph(guess, (example,), ["image"], [*guess.outputs], ({0: BATCH},))
    images, style, moved, _, scales, label = guess(example)
    rows = {name: getattr(encoder, name).detach().numpy() for name in ("log_steps", "momentum", "pull")}
    firsts = [torch.from_numpy(np.asarray(each[0])) for each in rows.values()]
    dynamic = [{0: BATCH}, {0: BATCH}, *[{}] * len(rows), {0: BATCH}, {0: BATCH}, {0: BATCH}]
    body = write_graph(
        step,
        (style, moved, *firsts, images, scales, label),
        [*step.inputs],
        ["next_style", "next_moved"],
        tuple(dynamic),
    )
    style_at_last, _ = repeated(model, body, ["style", "moved"], rows)
    graph = model.graph
    graph.node.append(onnx.helper.make_node("Concat", [style_at_last, "scores"], ["latent"], name="latent", axis=1))
    latent = onnx.helper.make_tensor_value_info("latent", onnx.TensorProto.FLOAT, [BATCH, encoder.latent_size])
    outputs = [latent, *(value for value in graph.output if value.name == "class")]
    del graph.output[:]
    graph.output.extend(outputs)
    onnx.checker.check_model(model, full_check=True)
    return model


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
        DataRefused: the generator learned from other data.
        ExportRefused: the graph differs from its module; the version stays unchanged.
    """
    card, content = read_version(folder)
    check_data(card.data, dataset)
    model = to_onnx(encoder)
    graph = model.SerializeToString(deterministic=True)
    difference = latent_difference(graph, encoder, dataset)
    generator = GeneratorSession(content)
    digits, labels = dataset.test_images, dataset.test_labels
    session = EncoderSession(graph)
    latent, classes = session.run(digits)
    drawn = reconstruction.reconstructions(generator, latent)
    nearest = reconstruction.nearest_generated(generator, card.latent_size, dataset)
    described = cards.Encoder(
        file=ModelFile(
            sha256=hashlib.sha256(graph).hexdigest(), size_bytes=len(graph), opset=OPSET, ir_version=model.ir_version
        ),
        n_parameters=sum(weight.numel() for weight in encoder.parameters() if weight.requires_grad),
        training=training,
        max_latent_difference=difference,
        n_images=len(digits),
        label_accuracy=float((classes == labels).mean()),
        **dict(zip(("most_error", "least_confidence"), limits(generator, session, dataset), strict=True)),
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


def limits(generator: GeneratorSession, encoder: EncoderSession, dataset: Dataset) -> tuple[float, float]:
    """Return the error and the confidence beyond which a picture is no digit: those of 1 in 1,000 held-out digits.

    Args:
        generator: draws the latents of the digits.
        encoder: gives them.
        dataset: whose training digits were held out.
    """
    digits = dataset.train_images[held_out(dataset)]
    latent, _ = encoder.run(digits)
    far = errors(digits, reconstruction.reconstructions(generator, latent))
    sure = confidences(latent[:, -dataset.n_classes :])
    return float(np.quantile(far, 1 - _REFUSED)), float(np.quantile(sure, _REFUSED))


@torch.no_grad()
def latent_difference(graph: bytes, encoder: EncoderNetwork, dataset: Dataset) -> float:
    """Return the largest difference between a graph's latents of test digits and the encoder's in float64.

    Where the gradient jumps, because a unit of the generator switches on or off, rounding decides on which side a step
    ends, and later steps enlarge the difference. So the half of the digits that differ least decides.

    Raises:
        ExportRefused: half of the digits differ by more than 1e-4.
    """
    images = dataset.test_images[:_N_COMPARED]
    exact = copy.deepcopy(encoder).double()
    expected = torch.cat(exact(torch.from_numpy(images.copy()).double() / 127.5 - 1), dim=1)
    latent, _ = EncoderSession(graph).run(images)
    differences = np.abs(latent - expected.numpy()).max(axis=1)
    if (half := float(np.median(differences))) > MAX_LATENT_DIFFERENCE:
        raise ExportRefused(
            f"the encoder's graph differs from its PyTorch module by {half:.1e} for half of the digits; "
            f"{MAX_LATENT_DIFFERENCE:.0e} is allowed"
        )
    return float(differences.max())


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
