"""Knows the model card: the contract between the training that wrote a model and the service that runs it.

Does not know onnxruntime, HTTP or PyTorch. Both sides read and write cards through this module alone.
"""

import hashlib
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from digitgan.contract import files
from digitgan.contract.errors import ModelRefused
from digitgan.contract.limits import NAME_PATTERN, VERSION_PATTERN

CONTRACT: Literal[1] = 1
CARD_FILE = "card.json"
MODEL_FILE = "model.onnx"
ENCODER_FILE = "encoder.onnx"
SAMPLES_FILE = "samples.png"

_MOST_CARD_BYTES = 1 << 20  # sixty times the longest so far
_MOST_FAULTS = 8  # named in an error; a person mends the first few

Name = Annotated[str, StringConstraints(pattern=NAME_PATTERN)]
Version = Annotated[str, StringConstraints(pattern=VERSION_PATTERN)]
Precision = Literal["fp32", "fp16", "int8"]
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", protected_namespaces=())


class ModelFile(_Part):
    """An ONNX file that the card describes."""

    sha256: Sha256
    size_bytes: Annotated[int, Field(gt=0)]
    opset: Annotated[int, Field(ge=1)]
    ir_version: Annotated[int, Field(ge=1)]


class Recipe(_Part):
    """What the model was trained with: the recipe's name and its configuration in full."""

    name: Name
    configuration: dict[str, Any]


class Training(_Part):
    """How the run that produced the model went."""

    seed: int
    iterations: Annotated[int, Field(ge=0)]
    images: Annotated[int, Field(ge=0, description="real images shown, repeats counted")]
    wall_s: Annotated[float, Field(ge=0)]
    cpu_s: Annotated[float, Field(ge=0, description="of all processors together")]
    threads: Annotated[int, Field(ge=1)]
    command: Annotated[str, Field(description="that started it")]


class HistoryPoint(_Part):
    """A stretch of the training, by its last iteration: means of the figures that were written down in it."""

    iteration: Annotated[int, Field(gt=0)]
    generator_loss: float | None = None
    discriminator_loss: float | None = None
    discriminator_accuracy: Annotated[
        float | None, Field(ge=0, le=1, description="share of real and generated images told apart")
    ] = None
    judge_distance: Annotated[
        float | None, Field(ge=0, description="Frechet distance to training digits, of few images: not the metric's")
    ] = None


class TrainingData(_Part):
    """The data set that the model was trained on."""

    name: str
    sha256: Annotated[Sha256, Field(description="of the decoded training images and labels, in file order")]
    n_images: Annotated[int, Field(gt=0)]
    licence: str
    source: str


class Metric(_Part):
    """One figure with its meaning and how it was measured; ``floor`` is what real images score, where that can be said.

    Margins are half the width of a 95 % confidence interval over repeated draws of images.
    """

    value: float
    definition: Annotated[str, Field(description="what is measured, in a sentence")]
    floor: Annotated[float | None, Field(description="what real images score in the same way")] = None
    margin: Annotated[float | None, Field(description="of the value; none from a single draw")] = None
    floor_margin: Annotated[float | None, Field(description="of the floor")] = None
    n_images: Annotated[int | None, Field(description="in each draw; not written down before there was this field")] = (
        None
    )
    n_draws: int | None = None
    judge_sha256: Annotated[Sha256 | None, Field(description="of the judge that read the images, if one did")] = None


class Parity(_Part):
    """How closely the graph follows its PyTorch module, or a variant the fp32 graph, over ``n_latents`` latents."""

    n_latents: Annotated[int, Field(gt=0)]
    max_float_difference: Annotated[float, Field(ge=0, description="before rounding, in units of tanh's range -1..1")]
    module_float_difference: Annotated[
        float | None, Field(ge=0, description="of the PyTorch module's own float32 run, from its float64 run")
    ] = None
    differing_pixels_share: Annotated[float, Field(ge=0, le=1)]
    max_grey_level_difference: Annotated[int, Field(ge=0, le=255)]


class ModelReference(_Part):
    """One file of one model version, whatever becomes of its folder."""

    model: Name
    version: Version
    sha256: Annotated[Sha256, Field(description="of the model file")]


class Speed(_Part):
    """How fast the graph ran on the machine that exported it, which need not be one that serves."""

    method: Annotated[str, Field(description="how it was measured, and on what")]
    microseconds: Annotated[dict[int, float], Field(description="an image, by images a run")]
    fp32_microseconds: Annotated[
        dict[int, float] | None, Field(description="of the fp32 file, measured in turns with a variant of it")
    ] = None


class Golden(_Part):
    """What one seed must give: the proof that a deployment computes what was exported."""

    seed: int
    label: Annotated[int | None, Field(description="that is asked for; null in a model without classes")]
    pixels_sha256: Annotated[Sha256, Field(description="of the uint8 pixels, row by row")]


class TruncationPoint(_Part):
    """What a model scores at one truncation, over ``n_images`` images; each figure as the metric of its name."""

    truncation: Annotated[float, Field(ge=0)]
    n_images: Annotated[int, Field(gt=0)]
    frechet_distance: float
    precision: float
    recall: float
    coverage: float
    label_accuracy: Annotated[float | None, Field(description="null for a model without classes")]


class Likeness(_Part):
    """How near pictures come to the real digits that they stand for, over all of those."""

    mean_absolute_error: Annotated[float, Field(ge=0, description="of a pixel, in grey levels 0..255")]
    root_mean_square_error: Annotated[float, Field(ge=0, description="of a pixel, in grey levels 0..255")]
    feature_distance: Annotated[float, Field(ge=0, description="mean Euclidean distance of the judge's features")]
    label_accuracy: Annotated[float, Field(ge=0, le=1, description="share that the judge reads as the digit's label")]


class Encoder(_Part):
    """The way back: a graph from a picture, uint8 [N, 28, 28], to the latent and class whose image is close to it."""

    file: ModelFile
    n_parameters: Annotated[int, Field(gt=0)]
    training: Training
    max_latent_difference: Annotated[float, Field(ge=0, description="of the graph from the PyTorch module")]
    n_images: Annotated[int, Field(gt=0, description="real test digits that the figures below are over")]
    label_accuracy: Annotated[float, Field(ge=0, le=1, description="share whose class it gives")]
    reconstruction: Annotated[Likeness, Field(description="of the images of the latents that it gives")]
    mean_digit: Annotated[Likeness, Field(description="for comparison: of the mean training digit of the right class")]
    nearest_generated: Annotated[
        Likeness, Field(description="for comparison: of the nearest of the model's images of the right class")
    ]
    n_generated: Annotated[int, Field(gt=0, description="images of a class that the nearest is looked for in")]


class Card(_Part):
    """Everything that the service and a reader need to know about one exported model."""

    contract: Literal[1]
    model: Name
    version: Version
    created: datetime
    description: Annotated[str, Field(description="one line for people")]
    file: ModelFile
    latent_size: Annotated[int, Field(gt=0, description="components of the graph's latent input")]
    style_size: Annotated[int, Field(gt=0, description="components that truncation scales; the rest are class scores")]
    n_classes: Annotated[int, Field(ge=0, description="0 for a model without classes")]
    style_scale: Annotated[
        float, Field(gt=0, description="factor on styles that training put into the first layer")
    ] = 1.0
    class_names: Annotated[list[str] | None, Field(description="by label; null where a class is its number")] = None
    image_height: Annotated[int, Field(gt=0)]
    image_width: Annotated[int, Field(gt=0)]
    n_parameters: Annotated[int, Field(gt=0, description="numbers that were learned")]
    multiply_adds: Annotated[int, Field(gt=0, description="for one image")]
    precision: Annotated[Precision, Field(description="of the weights; fp16 computes in float32")] = "fp32"
    variant_of: Annotated[ModelReference | None, Field(description="the fp32 file that a variant was made from")] = None
    teacher: Annotated[ModelReference | None, Field(description="the file that a student learned from")] = None
    speed: Speed | None = None
    recipe: Recipe
    training: Training
    history: Annotated[
        list[HistoryPoint] | None,
        Field(description="of the training, thinned, up to the snapshot that was exported; null where none was kept"),
    ] = None
    data: TrainingData
    metrics: Annotated[dict[str, Metric], Field(description="by name; none where no judge reads the data")]
    parity: Parity
    golden: Annotated[list[Golden], Field(description="drawn at each start")]
    truncation_curve: list[TruncationPoint] | None = None
    encoder: Encoder | None = None
    software: Annotated[dict[str, str], Field(description="versions of what trained and exported it")]
    source_commit: Annotated[str | None, Field(description="of this repository; null outside of a checkout")]
    licence: Annotated[str, Field(description="of the model")]

    @property
    def is_conditional(self) -> bool:
        """Whether the model takes labels."""
        return self.n_classes > 0


def read_card(folder: Path) -> Card:
    """Return the card in a model version's folder.

    Raises:
        ModelRefused: there is no card, or it is not one of contract version 1; the text says what is wrong where.
    """
    path = folder / CARD_FILE
    if (n_bytes := _size(path)) > _MOST_CARD_BYTES:
        raise ModelRefused(f"{path}: {n_bytes} bytes; a card has at most {_MOST_CARD_BYTES}")
    try:
        return Card.model_validate_json(_read(path))
    except ValidationError as error:
        errors = error.errors()[:_MOST_FAULTS]
        faults = "; ".join(f"{'.'.join(map(str, e['loc'])) or 'file'}: {e['msg']}" for e in errors)
        raise ModelRefused(f"{path}: not a card of contract version {CONTRACT}: {faults}") from error


def write_card(card: Card, folder: Path) -> None:
    """Write a card into a model version's folder by one rename, as JSON that a person reads and diffs."""
    aside = folder / f".{CARD_FILE}.tmp"
    aside.write_text(card.model_dump_json(indent=2) + "\n", encoding="utf-8")
    aside.replace(folder / CARD_FILE)


def read_model_file(folder: Path, card: Card) -> bytes:
    """Return the bytes of the model file, after its size and sha256 were found to be the card's.

    Raises:
        ModelRefused: the file is missing, or is not the one that the card describes.
    """
    return _read_verified(folder / MODEL_FILE, card.file)


def read_encoder_file(folder: Path, card: Card) -> bytes | None:
    """Return the bytes of the encoder's file, verified in the same way; None where the card names no encoder.

    Raises:
        ModelRefused: the file is missing, or is not the one that the card describes.
    """
    return _read_verified(folder / ENCODER_FILE, card.encoder.file) if card.encoder else None


def _size(path: Path) -> int:
    try:
        n_bytes = files.size(path)
    except OSError as error:
        raise ModelRefused(f"{path}: cannot be read: {error.strerror}") from error
    if n_bytes is None:
        raise ModelRefused(f"{path}: is not a file")
    return n_bytes


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ModelRefused(f"{path}: cannot be read: {error.strerror}") from error


def _read_verified(path: Path, file: ModelFile) -> bytes:
    if (n_bytes := _size(path)) != file.size_bytes:
        raise ModelRefused(f"{path}: {n_bytes} bytes, but its card says {file.size_bytes}")
    content = _read(path)
    digest = hashlib.sha256(content).hexdigest()
    if digest != file.sha256:
        raise ModelRefused(f"{path}: sha256 {digest}, but its card says {file.sha256}")
    return content
