"""Numbers in one hand, as a picture or as an animation: the same files on the command line and in Python."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from digitgan.contract.card import Card
from digitgan.contract.errors import InvalidPlan
from digitgan.engine.interpolation import frame_plan
from digitgan.engine.plan import Plan, number_plan
from digitgan.engine.source import Seeds
from digitgan.formats.format import Format, Use
from digitgan.picture.picture import Picture

PADDING = 2  # around several numbers; the default of POST /generate
_DIGIT_MS = 500  # how long an animation shows each digit


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberSpec:
    """Numbers that one hand writes, and how they are drawn.

    Attributes:
        numbers: the digits of each number; several are written one below the other.
        seed: decides the hand.
        truncation: factor on the style part of the latent.
        model: name, or None for the default model.
        version: version, or None for the model's newest.
        scale: side of the square that each pixel becomes.
        padding: pixels between and around several numbers, before scaling.
        gap: pixels between digits, before scaling; None for none.
        invert: whether to draw black ink on white.
        metadata: whether the file is marked as generated, and a PNG carries its provenance.
    """

    numbers: tuple[str, ...]
    seed: int
    truncation: float = 1.0
    model: str | None = None
    version: str | None = None
    scale: int = 1
    padding: int = PADDING
    gap: int | None = None
    invert: bool = False
    metadata: bool = False

    def plan(self, max_images: int) -> Plan:
        """Return the plan of all digits, in order.

        Raises:
            InvalidPlan: there are more than max_images digits.
        """
        n_images = sum(map(len, self.numbers))
        if n_images > max_images:
            raise InvalidPlan("digits", f"{n_images:,} digits; at most {max_images:,} are allowed")
        return number_plan(
            Seeds([self.seed] * len(self.numbers)),
            self.numbers,
            truncation=self.truncation,
            model=self.model,
            version=self.version,
        )

    def parts(self, plan: Plan, card: Card, format: Format) -> tuple[Plan, Picture, Mapping[str, Any] | None]:
        """Return the plan, picture and keys of the job in a format: one picture of all numbers, or an animation.

        An animation shows the digits of one number in turn, so its images are those of the picture.

        Args:
            plan: what `plan` returns.
            card: card of the model version.
            format: one that is for a `Use.FILE`.

        Raises:
            InvalidPlan: the numbers make no animation, or the model cannot draw them.
        """
        looks: dict[str, Any] = {"scale": self.scale, "padding": self.padding, "invert": self.invert}
        looks["metadata"] = self.metadata
        if Use.IMAGES in format.uses:
            return plan, Picture(numbers=self.numbers, gap=self.gap or 0, **looks), None
        if len(self.numbers) > 1 or len(plan) == 1:
            raise InvalidPlan("digits", f"{format.name} shows the digits of one number in turn, and needs at least two")
        if self.gap is not None:
            raise InvalidPlan("gap", f"{format.name} shows one digit at a time, so there is no gap")
        keys = {"seeds": [self.seed] * len(plan), "labels": plan.labels, "steps": 1, "loop": True}
        return frame_plan(plan, card, 1, loop=True), Picture(frame_ms=_DIGIT_MS, loop=True, **looks), keys
