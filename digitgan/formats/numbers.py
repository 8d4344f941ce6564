"""Numbers in one hand, as a picture or as an animation: the same files on the command line and in Python."""

import secrets
from collections.abc import Mapping
from typing import Any

from pydantic import Field

from digitgan.contract.card import Card
from digitgan.contract.errors import InvalidPlan
from digitgan.contract.limits import MAX_SEED
from digitgan.engine.interpolation import frame_plan
from digitgan.engine.plan import Plan, n_digits, number_plan
from digitgan.engine.source import source_of_one
from digitgan.formats.format import Format
from digitgan.picture.looks import Looks, NumberLooks, PageLooks, WritingLooks, chosen
from digitgan.picture.picture import Picture
from digitgan.request.fields import Hand, ModelFields, NumberList, Seed

_DIGIT_MS = 500  # how long an animation shows each digit


class NumberSpec(WritingLooks, PageLooks, ModelFields):
    """Numbers that one hand writes, and how they are drawn: the arguments of the Python API and the command line.

    Attributes:
        digits: the digits and signs of each number; several are written one below the other.
        seed: decides the hand; without it, a random one.
        hand: the token of the hand, in place of a seed.
    """

    digits: NumberList
    seed: Seed = Field(default_factory=lambda: secrets.randbelow(MAX_SEED + 1))
    hand: Hand | None = None

    def plan(self, max_images: int) -> Plan:
        """Return the plan of all digits, in order.

        Raises:
            InvalidPlan: there are more than max_images digits, or both seed and hand were given.
        """
        if self.hand is not None and "seed" in self.model_fields_set:
            raise InvalidPlan("hand", "give seed or hand, not both")
        n_images = sum(map(n_digits, self.digits))
        if n_images > max_images:
            raise InvalidPlan("digits", f"{n_images:,} digits; at most {max_images:,} are allowed")
        hand = source_of_one(self.seed if self.hand is None else self.hand)
        return number_plan(hand.take([0] * len(self.digits)), self.digits, **self.of_plan)

    @property
    def of_hand(self) -> dict[str, Any]:
        """The field that decides the hand."""
        return {"seed": self.seed} if self.hand is None else {"hand": self.hand}

    def parts(self, plan: Plan, card: Card, format: Format) -> tuple[Plan, Picture, Mapping[str, Any] | None]:
        """Return the plan, picture and keys of the job in a format: one picture of all numbers, or an animation.

        An animation writes the numbers, or it shows the digits of one in turn; so its images are those of the picture.

        Args:
            plan: what `plan` returns.
            card: card of the model version.
            format: one that is for a `Use.FILE`.

        Raises:
            InvalidPlan: the numbers make no animation, or the model cannot draw them.
        """
        if self.animate or not format.is_animation:
            return plan, Picture.of(self, numbers=tuple(self.digits)), None
        if len(self.digits) > 1 or len(plan) == 1:
            raise InvalidPlan("digits", f"{format.name} shows the digits of one number in turn, and needs at least two")
        for name in chosen(self, NumberLooks, beyond=Looks):
            raise InvalidPlan(name, f"{format.name} shows one digit at a time, so there is no {name}")
        hands = {f"{name}s": [value] * len(plan) for name, value in self.of_hand.items()}
        keys = {**hands, "labels": plan.labels, "steps": 1, "loop": True}
        return frame_plan(plan, card, 1, loop=True), Picture.of(self, frame_ms=_DIGIT_MS, loop=True), keys
