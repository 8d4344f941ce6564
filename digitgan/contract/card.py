"""The model card: the contract between the training that exports a model and the service that runs it.

Both sides read and write cards through this module alone.
"""

from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from digitgan.contract import files
from digitgan.contract.class_names import check_names
from digitgan.contract.documents import BadDocument, Shape, read_json, shorten
from digitgan.contract.errors import ModelRefused
from digitgan.contract.files import write_whole
from digitgan.contract.hand_map import MAP_FILE, HandMapFacts
from digitgan.contract.image_size import ImageSize, check_image_size
from digitgan.contract.limits import MAX_PIXELS, MAX_SEED, MAX_TRUNCATION, NAME_PATTERN, VERSION_PATTERN
from digitgan.contract.metric import MAX_NUMBER, CardPart, DescribedFile, Sha256, Size, is_none
from digitgan.contract.metric import Metric as Metric  # part of a card, and so found here
from digitgan.contract.post_training import PostTrainingFacts

CONTRACT: Literal[1] = 1
CARD_FILE = "card.json"
MODEL_FILE = "model.onnx"
ENCODER_FILE = "encoder.onnx"
SAMPLES_FILE = "samples.png"

_SHAPE = Shape(n_bytes=1 << 20, n_lists=512, n_objects=4096, n_items=16_384)  # at least twenty times the largest card

Name = Annotated[str, StringConstraints(pattern=NAME_PATTERN)]
Version = Annotated[str, StringConstraints(pattern=VERSION_PATTERN)]
Precision = Literal["fp32", "fp16", "int8"]
Count = Annotated[int, Field(ge=0, le=MAX_NUMBER)]
Side = Annotated[int, Field(gt=0, le=MAX_PIXELS)]


class ModelFile(DescribedFile):
    """An ONNX file of the model version."""

    opset: Annotated[int, Field(ge=1, le=1000)]
    ir_version: Annotated[int, Field(ge=1, le=1000)]


class Recipe(CardPart):
    """The recipe that the model was trained with: its name and its full configuration."""

    name: Name
    configuration: dict[str, Any]


class Training(CardPart):
    """The training run that produced the model."""

    seed: Annotated[int, Field(ge=-MAX_NUMBER, le=MAX_NUMBER)]
    iterations: Count
    images: Annotated[Count, Field(description="real images shown during training, repeats included")]
    wall_s: Annotated[float, Field(ge=0, description="elapsed seconds")]
    cpu_s: Annotated[float, Field(ge=0, description="processor seconds, summed over all processors")]
    threads: Size
    command: Annotated[str, Field(description="command that started the run")]
    post_training: Annotated[
        PostTrainingFacts | None,
        Field(exclude_if=is_none, description="stage after the training; left out without one"),
    ] = None


class HistoryPoint(CardPart):
    """Means of the figures that were recorded over a stretch of the training."""

    iteration: Annotated[Size, Field(description="last iteration of the stretch")]
    generator_loss: float | None = None
    discriminator_loss: float | None = None
    discriminator_accuracy: Annotated[
        float | None, Field(ge=0, le=1, description="share of real and generated images that it classified correctly")
    ] = None
    judge_distance: Annotated[
        float | None,
        Field(ge=0, description="Frechet distance to the training digits; over too few images to compare with metrics"),
    ] = None


class TrainingData(CardPart):
    """The data set that the model was trained on."""

    name: str
    sha256: Annotated[Sha256, Field(description="hash of the decoded training images and labels, in file order")]
    n_images: Size
    licence: str
    source: str


class Parity(CardPart):
    """How closely the graph matches the PyTorch module, or a variant the fp32 graph, over ``n_latents`` latents."""

    n_latents: Size
    max_float_difference: Annotated[float, Field(ge=0, description="before rounding, on tanh's scale of -1 to 1")]
    module_float_difference: Annotated[
        float | None,
        Field(ge=0, description="for comparison: between the PyTorch module in float32 and in float64"),
    ] = None
    differing_pixels_share: Annotated[float, Field(ge=0, le=1)]
    max_grey_level_difference: Annotated[int, Field(ge=0, le=255)]


class ModelReference(CardPart):
    """A model version, identified for good by the hash of its file."""

    model: Name
    version: Version
    sha256: Annotated[Sha256, Field(description="hash of the model file")]


class Speed(CardPart):
    """How fast the graph ran on the machine that exported it; other machines may be faster or slower."""

    method: Annotated[str, Field(description="how it was measured, and on which machine")]
    microseconds: Annotated[dict[int, float], Field(description="microseconds per image, by batch size")]
    fp32_microseconds: Annotated[
        dict[int, float] | None, Field(description="the same for the fp32 file, measured alternately with its variant")
    ] = None


class Golden(CardPart):
    """The pixels that a seed must give, which show that a deployment computes what was exported."""

    seed: Annotated[int, Field(ge=0, le=MAX_SEED)]
    label: Annotated[Count | None, Field(description="requested class; null for a model without classes")]
    pixels_sha256: Annotated[Sha256, Field(description="hash of the uint8 pixels, row by row")]


class TruncationPoint(CardPart):
    """The model's scores at one truncation, over ``n_images`` images; each is the metric of the same name."""

    truncation: Annotated[float, Field(ge=0, le=MAX_TRUNCATION)]
    n_images: Size
    frechet_distance: float
    precision: float
    recall: float
    coverage: float
    label_accuracy: Annotated[float | None, Field(description="null for a model without classes")]


class Likeness(CardPart):
    """How closely pictures match the real digits that they reproduce, averaged over all of these digits."""

    mean_absolute_error: Annotated[float, Field(ge=0, description="per pixel, in grey levels from 0 to 255")]
    root_mean_square_error: Annotated[float, Field(ge=0, description="per pixel, in grey levels from 0 to 255")]
    feature_distance: Annotated[
        float, Field(ge=0, description="mean Euclidean distance between the judge's features of picture and digit")
    ]
    label_accuracy: Annotated[
        float, Field(ge=0, le=1, description="share of pictures that the judge reads as the digit's label")
    ]


class Encoder(CardPart):
    """The encoder: a graph from a picture, uint8 [N, 28, 28], to the latent and class whose image is close to it."""

    file: ModelFile
    n_parameters: Size
    training: Training
    max_latent_difference: Annotated[
        float, Field(ge=0, description="largest difference between the latents of the graph and of the PyTorch module")
    ]
    n_images: Annotated[Size, Field(description="number of real test digits behind the figures below")]
    label_accuracy: Annotated[float, Field(ge=0, le=1, description="share of digits whose class the encoder finds")]
    most_error: Annotated[
        float,
        Field(
            ge=0,
            le=255,
            description="a picture whose reconstruction differs by more is no digit: root mean square, in grey levels; "
            "999 of 1,000 held-out training digits differ by less",
        ),
    ] = 255
    least_confidence: Annotated[
        float,
        Field(
            ge=0,
            le=1,
            description="a picture whose likeliest class has a lower probability, by softmax of the scores, is no "
            "single digit; 999 of 1,000 held-out training digits have a higher one",
        ),
    ] = 0
    reconstruction: Annotated[
        Likeness, Field(description="likeness of the images generated from the encoder's latents")
    ]
    mean_digit: Annotated[Likeness, Field(description="for comparison: likeness of the class's mean training digit")]
    nearest_generated: Annotated[
        Likeness, Field(description="for comparison: likeness of the nearest of the model's images of that class")
    ]
    n_generated: Annotated[Size, Field(description="images per class among which the nearest was searched")]


class Adoption(CardPart):
    """How a generator that other software exported was read, when it was wrapped into this contract."""

    file_sha256: Annotated[Sha256, Field(description="hash of the ONNX file, without a file of weights beside it")]
    noise: Annotated[
        Literal["normal", "uniform", "unit"],
        Field(description="what it takes: standard normal numbers, or uniform ones from -1 to 1 or from 0 to 1"),
    ]
    pixels: Annotated[str, Field(description="how its output holds images: size, axes, and values of black and white")]
    batch: Annotated[Size | None, Field(description="rows that it was exported for; null if it took any number")] = None


class Card(CardPart, ImageSize):
    """Everything that the service and its users need to know about one exported model."""

    contract: Literal[1]
    model: Name
    version: Version
    created: datetime
    description: Annotated[str, Field(description="one line that describes the model")]
    file: ModelFile
    latent_size: Annotated[Size, Field(description="components of the graph's latent input")]
    style_size: Annotated[Size, Field(description="components that truncation scales; the rest are class scores")]
    n_classes: Annotated[Count, Field(description="0 for a model without classes")]
    style_scale: Annotated[
        float, Field(gt=0, description="factor on the style that is part of the first layer's weights")
    ] = 1.0
    class_names: Annotated[
        list[str] | None,
        Field(description="names of the classes by label; null if each class is its number"),
    ] = None
    image_height: Side
    image_width: Side
    image_channels: Annotated[
        Literal[1, 3],
        Field(exclude_if=lambda n: n == 1, description="3 for RGB; left out for grey images, which have 1"),
    ] = 1
    n_parameters: Annotated[Size | None, Field(description="number of learned parameters; null if unknown")] = None
    multiply_adds: Annotated[Size | None, Field(description="multiply-add operations per image; null if unknown")] = (
        None
    )
    precision: Annotated[
        Precision, Field(description="of the weights; a model with fp16 weights computes in float32")
    ] = "fp32"
    variant_of: Annotated[
        ModelReference | None, Field(description="fp32 model that this variant was made from, if it is one")
    ] = None
    teacher: Annotated[
        ModelReference | None, Field(description="model that this student learned from, if it is one")
    ] = None
    speed: Speed | None = None
    recipe: Annotated[
        Recipe | None,
        Field(description="the recipe that the model was trained with, with its full configuration; null if unknown"),
    ] = None
    training: Annotated[Training | None, Field(description="the run that produced the model; null if unknown")] = None
    history: Annotated[
        list[HistoryPoint] | None,
        Field(
            max_length=1000,
            description="thinned history of the training up to the exported snapshot; null if none was kept",
        ),
    ] = None
    data: Annotated[
        TrainingData | None, Field(description="the data set that the model was trained on; null if unknown")
    ] = None
    metrics: dict[str, Metric] = Field(
        default={}, description="by name; empty if no judge exists for the data, or they are unknown"
    )
    parity: Annotated[
        Parity | None,
        Field(description="how closely the graph matches what it was made from; null for an adopted generator"),
    ] = None
    adoption: Annotated[
        Adoption | None,
        Field(
            exclude_if=is_none,
            description="how a generator of other software was read; left out for a model that was trained here",
        ),
    ] = None
    golden: Annotated[
        list[Golden], Field(min_length=1, max_length=256, description="generated and compared at each start")
    ]
    truncation_curve: Annotated[list[TruncationPoint] | None, Field(max_length=256)] = None
    encoder: Encoder | None = None
    map: Annotated[
        HandMapFacts | None,
        Field(exclude_if=is_none, description="the map of the model's hands; left out without one"),
    ] = None
    software: Annotated[
        dict[str, str], Field(description="versions of the software that trained and exported the model")
    ]
    source_commit: Annotated[str | None, Field(description="commit of this repository; null outside a checkout")] = None
    licence: Annotated[str | None, Field(description="licence of the model; null if unknown")] = None

    @model_validator(mode="before")
    @classmethod
    def _refuse_newer_contracts(cls, given: Any) -> Any:
        """Raise ValueError if a card is of a newer contract, whose fields this release cannot judge."""
        contract = given.get("contract") if isinstance(given, dict) else None
        if isinstance(contract, int) and contract > CONTRACT:
            raise ValueError(
                f"it is of contract version {shorten(str(contract))}, which needs a newer release of digitgan"
            )
        return given

    @model_validator(mode="after")
    def _check(self) -> Self:
        """Raise ValueError, which names the field, if two facts contradict each other."""
        expected = self.style_size + self.n_classes
        if self.latent_size != expected:
            message = f"latent_size {self.latent_size:,} is not {expected:,}, the sum of style_size and n_classes"
            raise ValueError(message)
        check_image_size(self)
        if self.is_colour and self.encoder:
            raise ValueError("encoder must be null in colour, since encoders read grey pictures")
        if self.class_names is not None and len(self.class_names) != self.n_classes:
            raise ValueError(f"class_names has {len(self.class_names):,} names, but n_classes is {self.n_classes:,}")
        check_names(self.class_names or ())
        for i, golden in enumerate(self.golden):
            if golden.label is not None and golden.label >= self.n_classes:
                allowed = f"at most {self.n_classes - 1:,}" if self.n_classes else "null, since n_classes is 0"
                raise ValueError(f"golden/{i}/label must be {allowed}, not {golden.label:,}")
        return self

    @property
    def is_conditional(self) -> bool:
        """Whether the model takes labels."""
        return self.n_classes > 0

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the classes, by label; empty if each class is its number."""
        names = self.class_names or ()
        return () if all(name == str(label) for label, name in enumerate(names)) else tuple(names)

    @property
    def encoder_of(self) -> ModelReference | None:
        """The model whose encoder fits too, this one's teacher or original; None if it has an encoder of its own."""
        return None if self.encoder or self.is_colour else self.teacher or self.variant_of


def read_card(folder: Path) -> Card:
    """Return the card in a model version's folder.

    Raises:
        ModelRefused: there is no card, or it is not valid under contract version 1; the message lists the errors.
    """
    path = folder / CARD_FILE
    try:
        return read_json(path, Card, _SHAPE)
    except OSError as error:
        raise ModelRefused(f"{path}: cannot be read: {error.strerror}") from error
    except BadDocument as error:
        raise ModelRefused(f"{path}: not a valid card of contract version {CONTRACT}: {error}") from error


def write_card(card: Card, folder: Path) -> None:
    """Write a card into a model version's folder by one rename, as indented JSON that people can read and compare."""
    write_whole(folder / CARD_FILE, card.model_dump_json(indent=2).encode() + b"\n")


def read_model_file(folder: Path, card: Card) -> bytes:
    """Return the bytes of the model file, whose size and sha256 are verified against the card.

    Raises:
        ModelRefused: the file is missing or differs from the one that the card describes.
    """
    return _verified(folder / MODEL_FILE, card.file)


def read_encoder_file(folder: Path, card: Card) -> bytes | None:
    """Return the bytes of the encoder's file, verified in the same way, or None if the card describes no encoder.

    Raises:
        ModelRefused: the file is missing or differs from the one that the card describes.
    """
    return _verified(folder / ENCODER_FILE, card.encoder.file) if card.encoder else None


def read_map_file(folder: Path, card: Card) -> bytes | None:
    """Return the bytes of the map of hands, verified in the same way, or None if the card describes none.

    Raises:
        ModelRefused: the file is missing or differs from the one that the card describes.
    """
    return _verified(folder / MAP_FILE, card.map.file) if card.map else None


def _verified(path: Path, file: DescribedFile) -> bytes:
    return files.read_verified(path, file.size_bytes, file.sha256)
