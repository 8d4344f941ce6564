"""The tools that a model gets by the Model Context Protocol: their arguments, and the files that they make.

Nothing here needs the protocol's SDK; `mcp_server` speaks it.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema

from digitgan.contract.card import Card
from digitgan.contract.class_names import MAX_CLASS_NAME
from digitgan.contract.errors import InvalidPlan
from digitgan.contract.limits import SIGNS_IN_WORDS
from digitgan.dataset.spec import DatasetSpec
from digitgan.engine.encoder import IMAGES_PER_PICTURE
from digitgan.engine.engine import Engine
from digitgan.engine.plan import Plan, n_digits, number_plan, numbered
from digitgan.engine.source import Seeds, seeds_or_hand
from digitgan.formats.encoding import encode, prepare
from digitgan.formats.format import Format
from digitgan.formats.registry import FOLDERS, PNG
from digitgan.hands.reading import read_files
from digitgan.picture.job import Job
from digitgan.picture.looks import NATURAL, Ink, Layout, NumberLooks, SheetLooks
from digitgan.picture.picture import Picture
from digitgan.request.fields import Hand, Label, ModelName, Number, Seed, Vary, WholeNumber

from ..http.pictures import IN_BASE64, File, refused_by_field

MAX_FILE_BYTES = 1_000_000  # in base64: what clients still pass on to a model

_MOST_DIGITS = 100  # of a contact sheet
_MOST_IMAGES = 1_000  # of a data set; in base64, those of the default model take three quarters of the limit
_MOST_SCALE = 8

Charge = Callable[[int], AbstractContextManager[None]]

_Scale = Annotated[
    int,
    WholeNumber(1, _MOST_SCALE),
    Field(description="without ink: side of the square that each pixel of a 28x28 digit becomes"),
]
_Label = Annotated[
    Label,
    WithJsonSchema({"anyOf": [{"type": "integer", "minimum": 0}, {"type": "string", "maxLength": MAX_CLASS_NAME}]}),
]
_Hand = Annotated[Hand | None, Field(description="token of a hand, as read_hand returns it, instead of a seed")]


@dataclass(frozen=True, slots=True)
class ToolResult:
    """A file, and what is in it.

    Attributes:
        name: name of the file.
        media_type: media type of the file.
        content: the file.
        about: facts about the file, as a JSON object.
    """

    name: str
    media_type: str
    content: bytes
    about: dict[str, Any]


class Tool(BaseModel):
    """A call of a tool; the fields are its arguments, and the docstring tells a model what the tool does."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: ClassVar[str]
    title: ClassVar[str]
    format: ClassVar[Format]
    size_field: ClassVar[str | None] = None  # to change if the file is too large, if not one of the picture

    model: ModelName = None

    def _plan(self, card: Card, max_images: int) -> tuple[Plan, Picture, dict[str, Any]]:
        """Return what to generate, how to show it, and facts about it."""
        raise NotImplementedError

    async def call(self, engine: Engine, max_images: int, charge: Charge) -> ToolResult:
        """Return what the tool makes.

        Args:
            engine: makes the images.
            max_images: maximum number of images in one request.
            charge: returns a context in which a number of images counts against the caller's quota.

        Raises:
            EngineError: as raised by `prepare` and `encode`.
            QuotaExceeded: raised by charge.
        """
        plan, picture, facts = self._plan(engine.find(self.model, None).card, max_images)
        job = prepare(engine, plan, picture, self.format)
        with charge(len(plan)):
            encoding = await encode(engine, job, self.format)
        content = encoding.content
        if content is None:
            content = b"".join([bytes(piece) async for piece in encoding.pieces])
        if len(content) * 4 > MAX_FILE_BYTES * 3:
            allowed = MAX_FILE_BYTES * 3 // 4
            raise InvalidPlan(
                self.size_field or picture.size_field,
                f"the file would have {len(content):,} bytes; at most {allowed:,} are allowed",
            )
        return ToolResult(self._file_name(job), self.format.media_type, content, _named(job.card) | facts)

    def _file_name(self, job: Job) -> str:
        seed = job.plan.source.seed(0)
        return f"{self.name}-{'hand' if seed is None else seed}{self.format.suffix}"


class WriteNumber(Tool, NumberLooks):
    """Write a number by hand, all digits in the same hand, and return a PNG. The same seed gives the same picture.

    Dates, times, amounts and telephone numbers are numbers, too. Usually they are in ink, as people write them.
    """

    name: ClassVar[str] = "write_number"
    title: ClassVar[str] = "Write a number"
    format: ClassVar[Format] = PNG

    number: Annotated[
        Number,
        Field(
            description=f"digits and the signs {SIGNS_IN_WORDS}, such as 2026, 12/31/2026, 1,250.50 or (555) 123-4567"
        ),
    ]
    seed: Annotated[Seed | None, Field(description="decides the hand; default: drawn at random, and returned")] = None
    hand: _Hand = None
    ink: Ink = True
    scale: _Scale = 4
    layout: Layout = NATURAL

    def _plan(self, card: Card, max_images: int) -> tuple[Plan, Picture, dict[str, Any]]:
        _check_count(n_digits(self.number), max_images, "number")
        source = seeds_or_hand(self.seed, self.hand, 1)
        plan = number_plan(source, [self.number], labels_field="number", model=card.model)
        decided = {"seed": source.seed(0)} if self.hand is None else {"hand": self.hand}
        return plan, Picture.of(self, numbers=(self.number,)), {"number": self.number, **decided}


class GenerateDigits(Tool, SheetLooks):
    """Generate handwritten digits with known labels, each in a hand of its own or all in one, and return one PNG.

    The digits are in rows from left to right, in the order of the labels. The same seed gives the same picture.
    """

    name: ClassVar[str] = "generate_digits"
    title: ClassVar[str] = "Generate labelled digits"
    format: ClassVar[Format] = PNG

    labels: Annotated[
        list[_Label],
        Field(
            min_length=1,
            max_length=_MOST_DIGITS,
            fail_fast=True,
            description="the digits, such as [3, 1, 4]; of another model, its classes by number or name",
        ),
    ]
    seed: Annotated[
        Seed | None, Field(description="of the first digit, the others follow; default: drawn at random, and returned")
    ] = None
    hand: _Hand = None
    scale: _Scale = 2

    def _plan(self, card: Card, max_images: int) -> tuple[Plan, Picture, dict[str, Any]]:
        n = len(self.labels)
        _check_count(n, max_images, "labels")
        source = seeds_or_hand(self.seed, self.hand, n)
        labels = numbered(self.labels, card)
        plan = Plan(source=source, labels=labels, model=card.model)
        decided = {"seeds": list(source.values)} if isinstance(source, Seeds) else {"hand": self.hand}
        return plan, Picture.of(self), {"labels": labels, **decided}


class MakeDataset(Tool):
    """Make a small labelled data set, balanced over the digits 0 to 9, and return it as a zip file.

    The zip has one folder of 28x28 PNG files for each digit, as torchvision's ImageFolder reads them. The same seed
    gives the same files. For more images, call again with the seed increased by count.
    """

    name: ClassVar[str] = "make_dataset"
    title: ClassVar[str] = "Make a data set"
    format: ClassVar[Format] = FOLDERS
    size_field: ClassVar[str | None] = "count"

    count: Annotated[int, WholeNumber(1, _MOST_IMAGES), Field(description="number of images")] = 100
    seed: Annotated[Seed, Field(description="seed of the first image; the others follow")] = 0
    hand: _Hand = None
    vary: Annotated[Vary, Field(description="how much the seeds vary the hand: 0, not at all, to 1")] = 0.0

    def _plan(self, card: Card, max_images: int) -> tuple[Plan, Picture, dict[str, Any]]:
        spec = DatasetSpec(count=self.count, seed=self.seed, model=card.model, hand=self.hand, vary=self.vary)
        return spec.plan(card, max_images), Picture(), {"count": self.count, "seed": self.seed, **spec.of_hand}


class ReadHand(Tool):
    """Read a picture of one handwritten digit, and return the token of its hand with all ten digits in that hand.

    The picture may be a photograph, a scan or a drawing. The token is the argument hand of the other tools. Nothing of
    the picture is stored.
    """

    name: ClassVar[str] = "read_hand"
    title: ClassVar[str] = "Read a hand"
    format: ClassVar[Format] = PNG

    image: Annotated[File, Field(description=f"the picture: {IN_BASE64}, without 'data:'")]

    async def call(self, engine: Engine, max_images: int, charge: Charge) -> ToolResult:
        """Return what the picture says, and a picture of the ten digits; see `Tool.call`."""
        with charge(IMAGES_PER_PICTURE), refused_by_field(["image"]):
            [reading] = await read_files(engine, [self.image], self.model)
        shown = WriteNumber(number="0123456789", hand=reading.hand, model=self.model, height=56)
        written = await shown.call(engine, max_images, charge)
        about = {
            **{name: written.about[name] for name in ("model", "version", "hand")},
            **reading.said,
            "confidence": round(reading.confidence, 4),
            "error": round(reading.error, 2),
        }
        return replace(written, about=about)


TOOLS: dict[str, type[Tool]] = {each.name: each for each in (WriteNumber, GenerateDigits, MakeDataset, ReadHand)}


def _check_count(n: int, max_images: int, field: str) -> None:
    if n > max_images:
        raise InvalidPlan(field, f"{n:,} digits; at most {max_images:,} are allowed")


def _named(card: Card) -> dict[str, Any]:
    return {"model": card.model, "version": card.version}
