"""The specification of a labelled data set of numbers: a pattern and a few values that give the same pictures."""

from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, Strict, StringConstraints

from digitgan.contract.card import Card
from digitgan.contract.errors import InvalidPlan
from digitgan.contract.limits import MAX_DATASET_IMAGES, MAX_PATTERN, MAX_PIXELS
from digitgan.contract.words import counted
from digitgan.dataset.patterns import Pattern
from digitgan.engine.engine import Engine
from digitgan.engine.plan import NumbersPlan
from digitgan.engine.source import seeds_in_hand
from digitgan.formats.encoding import lacking
from digitgan.formats.format import Format
from digitgan.ink.layout import HEIGHT, most_units
from digitgan.picture.distortions import ASKEW, BYTES_PER_PIXEL, DISTORTIONS, Distortion
from digitgan.picture.job import Job
from digitgan.picture.looks import NATURAL, Ink, Layout, NumberLooks
from digitgan.picture.picture import Picture
from digitgan.request.fields import Hand, ModelFields, Seed, Vary, WholeNumber
from digitgan.request.messages import ALLOWED

_PART_BYTES = 16 * 2**20  # at most, if all numbers of a part were as wide as any can be; a fifth of that is usual


def _is_pattern(text: str) -> str:
    """Return a pattern's text unchanged; raise ValueError if it is none."""
    Pattern.parse(text)
    return text


class _Contents(BaseModel):
    """What to write; a class of its own so that these fields come first."""

    pattern: Annotated[
        str,
        Strict(),
        StringConstraints(min_length=1, max_length=MAX_PATTERN),
        AfterValidator(_is_pattern),
        Field(
            description="what the numbers look like: # for a digit, #{5} or #{3-8} for several, ranges such as [0-31] "
            "or [1,000.00-9,999.99], parts of a date dd, mm, yyyy and yy, of a time HH, MM and SS, the check digits L "
            "(Luhn) and E (GS1), digits and signs",
            examples=["dd/mm/yyyy", "[1,000.00-9,999,999.99]", "#{12}E"],
            json_schema_extra={ALLOWED: "the pattern of a number, such as dd/mm/yyyy or #{3-8}"},
        ),
    ]
    count: Annotated[int, WholeNumber(1, MAX_DATASET_IMAGES), Field(description="how many numbers")]
    seed: Annotated[Seed, Field(description="seed of the first number; the others follow")] = 0
    hand: Annotated[Hand | None, Field(description="the hand of all numbers; default: each seed is a hand")] = None
    vary: Annotated[
        Vary, Field(description="how much the seeds vary the hand: 0 not at all, 1 so that nothing of it is left")
    ] = 0.0


class NumbersSpec(NumberLooks, ModelFields, _Contents):
    """How many labelled numbers, from which seed on, what they look like and how they are drawn.

    Number i has seed `seed + i`, which decides its text, its hand and how it is written, so any part of a data set is a
    data set of its own. In one `hand`, the seeds vary it by `vary`.
    """

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra={
            "examples": [
                {"pattern": "dd/mm/yyyy", "count": 1_000},
                {"pattern": "#{5}", "count": 1_000, "ink": False},
            ]
        },
    )

    ink: Ink = True
    layout: Annotated[
        Layout, Field(description="digits in equal squares, or as people write them in ink; default without ink: grid")
    ] = NATURAL
    width: Annotated[
        Annotated[int, WholeNumber(1, 2**14)] | None,
        Field(
            description="width of all pictures, in pixels; each number has a place in it that its seed decides; "
            "default: each picture is as wide as its number"
        ),
    ] = None
    masks: Annotated[
        bool, Strict(), Field(description="each digit and sign also alone, in its box; not in YOLO's files")
    ] = False
    distortions: Annotated[
        list[Distortion],
        Field(
            fail_fast=True,
            max_length=len(DISTORTIONS),
            description="what numbers suffer, each time the same: askew, a sheet that does not lie straight; form, "
            "printed lines and boxes; paper, with its tone, stains and grain; blur; jpeg, traces of compression",
            examples=[["form", "paper", "blur"]],
        ),
    ] = []

    @property
    def of_hand(self) -> dict[str, Any]:
        """The fields of the hand; none if each seed is a hand of its own."""
        return {} if self.hand is None else {"hand": self.hand, "vary": self.vary}

    @property
    def is_natural(self) -> bool:
        """Whether numbers are drawn in natural layout, which without ink is none but the default."""
        return self.layout == NATURAL and (self.ink or "layout" in self.model_fields_set)

    @property
    def most_images(self) -> int:
        """How many digits all numbers have at most, and so how many images are made."""
        return self.count * Pattern.parse(self.pattern).most_digits

    def plan(self) -> NumbersPlan:
        """Return the numbers as a plan.

        Raises:
            InvalidPlan: the seeds exceed their range, or there is no hand to vary.
        """
        source = seeds_in_hand(self.seed, self.count, self.hand, self.vary)
        return NumbersPlan(source=source, pattern=Pattern.parse(self.pattern), **self.of_plan)

    def job(self, engine: Engine, format: Format, *, max_pixels: int | None = None, root: str = "") -> Job:
        """Return the job of this data set's file.

        Args:
            engine: runs the model.
            format: one that is for `Use.NUMBERS`.
            max_pixels: maximum number of pixels that all numbers may have; None for any number.
            root: see `Job`.

        Raises:
            UnknownModel, InvalidPlan: the data set is not possible; the error names the field and what it allows.
        """
        plan = self.plan()
        card = engine.check(plan)
        if self.masks and "masks" in format.lacks:
            raise lacking("masks", format)
        distortions = tuple(each for each in DISTORTIONS if each in self.distortions)
        if ASKEW in distortions and not self.is_natural:
            raise InvalidPlan("distortions", f"{ASKEW} needs layout {NATURAL}")
        sizes = {"width": self.width, "max_width": self.width if self.is_natural else None}
        marked = engine.marks_all and format.carries_mark and not self.metadata
        picture = Picture.of(
            self, masks=self.masks, distortions=distortions, **sizes, **({"metadata": True} if marked else {})
        )
        picture.check_ink()
        picture.check_layout()
        height, width = self._size(card, picture)
        bytes_per_pixel = format.bytes_per_pixel + bool(distortions) * BYTES_PER_PIXEL
        pixels = height * width * (2 if self.masks else 1)
        if pixels > (most := min(MAX_PIXELS, engine.lanes.budget.limit_bytes // bytes_per_pixel)):
            raise InvalidPlan(picture.size_field, f"a number may have {pixels:,} pixels; at most {most:,} are allowed")
        if max_pixels is not None and self.count * pixels > max_pixels:
            raise InvalidPlan(
                "count", f"{self.count:,} numbers may have {self.count * pixels:,} pixels; the limit is {max_pixels:,}"
            )
        bytes_per_number = pixels * bytes_per_pixel
        fitting = min(engine.chunk_images * self.count // self.most_images, _PART_BYTES // bytes_per_number)
        return Job(
            card=card,
            plan=plan,
            picture=picture,
            is_marked_by_setting=marked,
            root=root,
            bytes_per_image=bytes_per_number,
            chunk_images=max(1, fitting),
            lanes=engine.lanes,
        )

    def _size(self, card: Card, picture: Picture) -> tuple[int, int]:
        """Return height and width that no number exceeds, in pixels.

        Raises:
            InvalidPlan: numbers do not fit into the width.
        """
        longest = Pattern.parse(self.pattern).longest
        height, cell = picture.cell(card.image_height, card.image_width)
        width = longest * (cell + (gap := picture.scaled(picture.gap, card.image_height))) - gap
        if self.is_natural:
            width = -(-most_units(longest) * height // HEIGHT)
        if self.width is None:
            return height, width
        least = -(-width // 2) if self.is_natural else width
        if self.width < least:
            raise InvalidPlan(
                "width", f"must be at least {least:,} for numbers of {counted(longest, 'character')} at this height"
            )
        return height, self.width
