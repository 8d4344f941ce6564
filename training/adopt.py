"""Adopts a generator that other software trained: wraps its graph into the model contract and writes a model version.

What a stranger's file does not say stays unknown in the card: its recipe, its training, its data, its licence.
"""

import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray

from digitgan.contract import card as cards
from digitgan.contract.card import Adoption, Card, ModelFile, TrainingData
from digitgan.contract.errors import ModelRefused
from digitgan.contract.image_size import in_words
from digitgan.contract.latents import seeds_to_latents
from digitgan.contract.limits import MAX_IMAGE_SIDE, MAX_PIXELS
from digitgan.contract.self_contained import check_self_contained
from digitgan.engine.onnx_backend import OnnxBackend

from .choices import Noise
from .data import Dataset
from .errors import AdoptionRefused, ExportRefused, NotScorable
from .export import Scorer, check_free, golden, staged, write_samples
from .graphs.batches import with_any_batch
from .graphs.cost import multiply_adds, n_parameters
from .graphs.ends import ends_of
from .graphs.foreign import ForeignGraph, read_foreign
from .graphs.parity import check_rows
from .graphs.pixels import PixelFormat, check_finite, detect
from .graphs.sessions import GeneratorSession, without_prefix
from .graphs.speed import measure
from .graphs.wrapping import INNER, inner, wrap
from .metrics.generators import ForeignHints
from .run import software, source_commit

_N_LATENTS = 256  # whose images are looked at
_N_COMPARED = 64  # images of a generator before and after its batch is made dynamic
_TRUNCATIONS = (0.0, 1.0, 2.0)  # least, usual and most that a request may ask for
_SERVED_BATCH = 64  # rows of the run that the service would start with
_EVALUATION = "in evaluation mode (model.eval()), in which batch normalisation uses its running statistics"
_SAME = 0.01  # of the range of values: what another order of additions may change


Latents = NDArray[np.float32]
Outputs = NDArray[np.generic]


@dataclass(frozen=True)
class AdoptionHints(ForeignHints):
    """What a person says about the file; None for what the command should find out.

    Args:
        output: the name of the output of images.
        n_classes: the number of classes.
        noise: what the generator takes.
    """

    output: str | None = None
    n_classes: int | None = None
    noise: Noise = "normal"


@dataclass(frozen=True, slots=True)
class AdoptionFacts:
    """What a person says of a model for its card.

    Args:
        description: one line.
        licence: of the model.
        class_names: by label.
        data: what the generator learned from.
    """

    description: str | None = None
    licence: str | None = None
    class_names: tuple[str, ...] | None = None
    data: Dataset | None = None


def adopt(
    path: Path,
    folder: Path,
    hints: AdoptionHints,
    facts: AdoptionFacts,
    *,
    judge: Scorer | None = None,
    replaces: bool = False,
) -> Card:
    """Write a foreign generator as a model version that the service can load; return its card.

    Args:
        path: an ONNX file.
        folder: of the version, ``<models>/<model>/<version>``.
        hints: how to read the file.
        facts: for the card.
        judge: scores the wrapped graph for the card; None leaves the metrics unknown.
        replaces: whether an existing version is replaced.

    Raises:
        AdoptionRefused: the file is no generator of images, they are too large, its values are on no known scale or
            not finite, an image depends on its batch, or the facts do not fit it. Nothing is left behind.
        ExportRefused: the version exists.
    """
    check_free(folder, replaces)
    try:
        foreign, pixels, content = _wrapped(path, hints, facts)
        generator = GeneratorSession(content)
        check_rows(generator, foreign.latent_size)
    except ExportRefused as error:
        raise AdoptionRefused(f"{path}: {error}; export it {_EVALUATION}") from error
    except (AdoptionRefused, ModelRefused, NotScorable) as error:
        raise AdoptionRefused(f"{path}: {error}") from error
    model = onnx.load_from_string(content)
    with staged(folder) as aside:
        (aside / cards.MODEL_FILE).write_bytes(content)
        card = Card(
            contract=cards.CONTRACT,
            model=folder.parent.name,
            version=folder.name,
            created=datetime.now(UTC).replace(microsecond=0),
            description=facts.description or f"Adopted from {path.name}.",
            file=ModelFile(
                sha256=hashlib.sha256(content).hexdigest(),
                size_bytes=len(content),
                opset=next(each.version for each in model.opset_import if each.domain in ("", "ai.onnx")),
                ir_version=model.ir_version,
            ),
            latent_size=foreign.latent_size,
            style_size=foreign.style_size,
            n_classes=foreign.n_classes,
            class_names=_class_names(foreign, facts),
            image_height=pixels.height,
            image_width=pixels.width,
            image_channels=3 if pixels.n_channels == 3 else 1,
            n_parameters=n_parameters(model, "" if foreign.keeps_contract else INNER),
            multiply_adds=multiply_adds(model),
            speed=measure(generator, foreign.latent_size),
            data=training_data(facts.data) if facts.data else None,
            metrics=judge(aside / cards.MODEL_FILE) if judge else {},
            adoption=Adoption(
                file_sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
                noise=hints.noise,
                pixels=str(pixels),
                batch=foreign.exported_rows,
            ),
            golden=golden(generator, foreign),
            software=software(),
            source_commit=source_commit(),
            licence=facts.licence,
        )
        write_samples(generator, foreign, aside / cards.SAMPLES_FILE)
        cards.write_card(card, aside)
        try:
            OnnxBackend(card, content, provider="cpu", threads=1, batch_images=_SERVED_BATCH)  # as the service would
        except ModelRefused as error:
            raise AdoptionRefused(f"{path}: {error}") from error
    return card


def _wrapped(path: Path, hints: AdoptionHints, facts: AdoptionFacts) -> tuple[ForeignGraph, PixelFormat, bytes]:
    """Return a file's generator with a dynamic batch, how it holds pixels, and the contract's graph around it.

    Raises:
        AdoptionRefused, ModelRefused, NotScorable: as `adopt` says.
    """
    foreign = read_foreign(path, label_input=hints.label_input, output=hints.output, n_classes=hints.n_classes)
    _check_facts(foreign, facts)
    if foreign.keeps_contract:
        return foreign, *_unwrapped(foreign)
    if foreign.inputs.rows is not None:
        foreign = _of_any_batch(foreign, hints.noise)
    outputs = _checked_outputs(foreign, hints.noise)
    real = facts.data.test_images if facts.data else None
    pixels = detect(outputs, scale=hints.scale, ends=ends_of(foreign), real=real)
    _check_size(pixels)
    if facts.data and (expected := facts.data.test_images.shape[1:]) != pixels.shape:
        raise AdoptionRefused(
            f"its images are {pixels}, but those of the data {facts.data.name!r} are {in_words(expected)}"
        )
    model = wrap(foreign, hints.noise, pixels)
    onnx.checker.check_model(model)
    content = model.SerializeToString(deterministic=True)
    check_self_contained(content)
    return foreign, pixels, content


def _unwrapped(foreign: ForeignGraph) -> tuple[PixelFormat, bytes]:
    """Return how a graph that keeps the contract holds pixels, and the graph."""
    content = foreign.model.SerializeToString(deterministic=True)
    check_self_contained(content)
    try:
        (images,) = GeneratorSession(content).run(seeds_to_latents(range(2), foreign.latent_size))
    except Exception as error:  # onnxruntime's errors share no narrower base class
        raise AdoptionRefused(f"it has the inputs of the model contract, but fails: {without_prefix(error)}") from error
    _, *sides = images.shape
    is_colour = len(sides) == 3 and sides[2] == 3
    if images.dtype != np.uint8 or not (is_colour or len(sides) == 2):
        raise AdoptionRefused(
            f"it has the inputs of the model contract, but its image is {images.dtype} {images.shape}, not uint8 "
            "[N, H, W] or [N, H, W, 3]"
        )
    pixels = PixelFormat(
        "NHWC" if is_colour else "NHW", sides[0], sides[1], 3 if is_colour else 1, 0, 255, is_certain=True
    )
    _check_size(pixels)
    return pixels, content


def _check_size(pixels: PixelFormat) -> None:
    """Raise AdoptionRefused if images are larger than the contract has them."""
    most = MAX_IMAGE_SIDE if pixels.n_channels > 1 else None
    if most and max(pixels.height, pixels.width) > most:
        raise AdoptionRefused(f"its images are {pixels}; a side has at most {most} in colour")
    if pixels.height * pixels.width > MAX_PIXELS:
        raise AdoptionRefused(f"its images are {pixels}; at most {MAX_PIXELS:,} are allowed")


def _of_any_batch(foreign: ForeignGraph, noise: Noise) -> ForeignGraph:
    """Return a generator whose graph takes any number of rows and draws what it drew before."""
    rows = foreign.inputs.rows or 1
    free = with_any_batch(foreign)
    latent = seeds_to_latents(range(-(-_N_COMPARED // rows) * rows), foreign.latent_size)
    before = _outputs(foreign, noise, np.split(latent, len(latent) // rows))
    check_finite(before)
    try:
        alone, _ = _outputs(free, noise, list(latent[:, None])), _outputs(free, noise, [latent[: rows + 1]])
        is_same = np.allclose(before, alone, rtol=0, atol=_SAME * float(np.ptp(before)))
        reason = "" if is_same else "an image alone is another one"
    except AdoptionRefused as error:
        reason = str(error)
    if reason:
        raise AdoptionRefused(
            f"it was exported for batches of {rows:,}, and cannot be made to take any number of rows: {reason} then; "
            f"export it with a dynamic first dimension (dynamic_shapes in torch.onnx.export), and {_EVALUATION}"
        )
    return free


def _checked_outputs(foreign: ForeignGraph, noise: Noise) -> Outputs:
    """Return what a generator returns for 256 seeds: (256, ...).

    Raises:
        AdoptionRefused: it cannot be run, or all images are alike.
        NotScorable: a pixel is not finite, at the least, the usual or the most truncation.
    """
    latent = seeds_to_latents(range(_N_LATENTS), foreign.latent_size)
    parts = np.split(latent, _N_LATENTS // _SERVED_BATCH)
    least, outputs, most = (_outputs(foreign, noise, parts, each) for each in _TRUNCATIONS)
    for each in (least, outputs, most):
        check_finite(each)
    if np.array_equal(outputs[1:], outputs[:-1]):
        raise AdoptionRefused("it draws the same image for all noise")
    return outputs


def _outputs(foreign: ForeignGraph, noise: Noise, latents: list[Latents], truncation: float = 1.0) -> Outputs:
    """Return what a generator returns for latents (N, L) in batches: (N, ...).

    Raises:
        AdoptionRefused: it cannot be run, or does not return one image for each row.
    """
    try:
        session = GeneratorSession(wrap(foreign, noise, None).SerializeToString())
        parts = [session.run(latent, None, truncation, outputs=(inner(foreign.output),))[0] for latent in latents]
    except Exception as error:  # onnxruntime's errors share no narrower base class
        operator = re.search(r"while running (\w+) node", str(error))
        reason = f"its operator {operator[1]} fails" if operator else f"it cannot be run: {without_prefix(error)}"
        raise AdoptionRefused(reason) from error
    for latent, part in zip(latents, parts, strict=True):
        if part.shape[:1] != (len(latent),):
            raise AdoptionRefused(
                f"its output has the shape {part.shape} for {len(latent):,} rows of noise; the first dimension must "
                "count the rows"
            )
    return np.concatenate(parts)


def _check_facts(foreign: ForeignGraph, facts: AdoptionFacts) -> None:
    """Raise AdoptionRefused if what a person says of the classes does not fit a generator."""
    n = foreign.n_classes
    if facts.class_names is not None and len(facts.class_names) != n:
        raise AdoptionRefused(f"{len(facts.class_names):,} names of classes, but it has {n:,} classes")
    if facts.data and n and facts.data.n_classes != n:
        raise AdoptionRefused(f"it has {n:,} classes, but the data {facts.data.name!r} have {facts.data.n_classes:,}")


def _class_names(foreign: ForeignGraph, facts: AdoptionFacts) -> list[str] | None:
    names = facts.class_names or (facts.data.class_names if facts.data and foreign.n_classes else None)
    return list(names) if names else None


def training_data(dataset: Dataset) -> TrainingData:
    """Return what a card says of data."""
    return TrainingData(
        name=dataset.name,
        sha256=dataset.sha256,
        n_images=len(dataset.train_images),
        licence=dataset.licence,
        source=dataset.source,
    )
