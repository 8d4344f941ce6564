"""The tools that a model gets by the Model Context Protocol: their arguments, and the files that they make.

Nothing here needs the protocol's SDK; `mcp_server` speaks it.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field

from digitgan.contract.card import Card
from digitgan.contract.errors import InvalidPlan
from digitgan.dataset.spec import DatasetSpec
from digitgan.engine.engine import Engine
from digitgan.engine.plan import Plan, number_plan
from digitgan.engine.source import Seeds
from digitgan.formats.encoding import encode, prepare
from digitgan.formats.format import Format
from digitgan.formats.registry import FOLDERS, PNG
from digitgan.picture.job import Job
from digitgan.picture.picture import Picture
from digitgan.request.fields import Invert, ModelName, Number, Seed, WholeNumber

MAX_FILE_BYTES = 1_000_000  # in base64: what clients still pass on to a model

_MOST_DIGITS = 100  # of a contact sheet
_MOST_IMAGES = 1_000  # of a data set; in base64, those of the default model take three quarters of the limit
_MOST_SCALE = 8

Charge = Callable[[int], AbstractContextManager[None]]

_Scale = Annotated[
    int, WholeNumber(1, _MOST_SCALE), Field(description="side of the square that each pixel of a 28x28 digit becomes")
]


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
    size_field: ClassVar[str] = "scale"

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
                self.size_field, f"the file would have {len(content):,} bytes; at most {allowed:,} are allowed"
            )
        return ToolResult(self._file_name(job), self.format.media_type, content, _named(job.card) | facts)

    def _file_name(self, job: Job) -> str:
        return f"{self.name}-{job.plan.source.seed(0)}{self.format.suffix}"


class WriteNumber(Tool):
    """Write a number by hand, all digits in the same hand, and return a PNG. The same seed gives the same picture."""

    name: ClassVar[str] = "write_number"
    title: ClassVar[str] = "Write a number"
    format: ClassVar[Format] = PNG

    number: Annotated[Number, Field(description="the digits to write, such as 2026")]
    seed: Annotated[Seed | None, Field(description="decides the hand; default: drawn at random, and returned")] = None
    scale: _Scale = 4
    invert: Invert = False

    def _plan(self, card: Card, max_images: int) -> tuple[Plan, Picture, dict[str, Any]]:
        _check_count(len(self.number), max_images, "number")
        source = Seeds.following(self.seed, 1)
        plan = number_plan(source, [self.number], labels_field="number", model=card.model)
        picture = Picture(scale=self.scale, invert=self.invert, numbers=(self.number,))
        return plan, picture, {"number": self.number, "seed": source.seed(0)}


class GenerateDigits(Tool):
    """Generate handwritten digits with known labels, each in a hand of its own, and return them as one PNG.

    The digits are in rows from left to right, in the order of the labels. The same seed gives the same picture.
    """

    name: ClassVar[str] = "generate_digits"
    title: ClassVar[str] = "Generate labelled digits"
    format: ClassVar[Format] = PNG

    labels: Annotated[
        list[Annotated[int, WholeNumber(0, 9)]],
        Field(min_length=1, max_length=_MOST_DIGITS, fail_fast=True, description="the digits, such as [3, 1, 4]"),
    ]
    seed: Annotated[
        Seed | None, Field(description="of the first digit, the others follow; default: drawn at random, and returned")
    ] = None
    columns: Annotated[
        Annotated[int, WholeNumber(1, _MOST_DIGITS)] | None,
        Field(description="digits in a row; default: as square as possible"),
    ] = None
    scale: _Scale = 2
    invert: Invert = False

    def _plan(self, card: Card, max_images: int) -> tuple[Plan, Picture, dict[str, Any]]:
        n = len(self.labels)
        _check_count(n, max_images, "labels")
        source = Seeds.following(self.seed, n)
        plan = Plan(source=source, labels=self.labels, model=card.model)
        picture = Picture(scale=self.scale, columns=self.columns, padding=2, invert=self.invert)
        return plan, picture, {"labels": self.labels, "seeds": list(source.values)}


class MakeDataset(Tool):
    """Make a small labelled data set, balanced over the digits 0 to 9, and return it as a zip file.

    The zip has one folder of 28x28 PNG files for each digit, as torchvision's ImageFolder reads them. The same seed
    gives the same files. For more images, call again with the seed increased by count.
    """

    name: ClassVar[str] = "make_dataset"
    title: ClassVar[str] = "Make a data set"
    format: ClassVar[Format] = FOLDERS
    size_field: ClassVar[str] = "count"

    count: Annotated[int, WholeNumber(1, _MOST_IMAGES), Field(description="number of images")] = 100
    seed: Annotated[Seed, Field(description="seed of the first image; the others follow")] = 0

    def _plan(self, card: Card, max_images: int) -> tuple[Plan, Picture, dict[str, Any]]:
        spec = DatasetSpec(count=self.count, seed=self.seed, model=card.model)
        return spec.plan(card, max_images), Picture(), {"count": self.count, "seed": self.seed}


TOOLS: dict[str, type[Tool]] = {each.name: each for each in (WriteNumber, GenerateDigits, MakeDataset)}


def _check_count(n: int, max_images: int, field: str) -> None:
    if n > max_images:
        raise InvalidPlan(field, f"{n:,} digits; at most {max_images:,} are allowed")


def _named(card: Card) -> dict[str, Any]:
    return {"model": card.model, "version": card.version}
