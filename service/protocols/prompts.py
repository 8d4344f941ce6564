"""The number that a text contains and its pictures, for protocols whose clients write what they want in words.

A text that is itself a number, such as "(555) 1234", is written as it is. In any other, a number is digits with the
signs of dates, times, amounts and telephone numbers. Only a text without digits is searched for English number words,
from zero to nine hundred ninety-nine thousand nine hundred ninety-nine.
"""

import re
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from digitgan.contract.card import Card
from digitgan.contract.errors import InvalidPlan
from digitgan.contract.limits import MAX_DIGITS, MAX_HEIGHT, MAX_SCALE, MIN_HEIGHT, SIGNS
from digitgan.engine.plan import needs_ink
from digitgan.picture.colour import TRANSPARENT
from digitgan.picture.looks import GRID, NATURAL, Colour, Ink, Layout, NumberLooks
from digitgan.picture.picture import Picture, does_not_fit
from digitgan.request.messages import validated

AUTO_HEIGHT = 224  # of a picture whose size the client leaves open
AUTO_SCALE = 8  # the same in pixels of the model

_UNITS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
_TEENS = ["ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"]
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_VALUES = {word: value for value, word in enumerate([*_UNITS, *_TEENS])}
_VALUES |= {word: 10 * tens for tens, word in enumerate(_TENS, 2)}
_VALUES |= {"a": 1}

_GROUPS = r"[0-9]+(?:[.,:/+-][0-9]+)*"
_DIGITS = re.compile(
    rf"""
    (?<![\w.,:/+-])\+[0-9]+(?:[ -]?\([0-9]+\))?(?:[ ]{_GROUPS})+  # +44 (20) 5550 1234
    | (?:\([0-9]+\)[ -]?|(?<![\w.,:/+-])[+-]?\.?)?{_GROUPS}(?:[ ]?%)?  # (555) 123-4567, -1,234.50, .5 %
    """,
    re.VERBOSE,
)

_GAP = r"(?:-|\s{1,8})"  # bounded, so that the search takes time in proportion to the text
_AND = rf"{_GAP}(?:and{_GAP})?"
_UNIT = f"(?:{'|'.join(_UNITS[1:])})"
_BELOW_100 = rf"(?:(?:{'|'.join(_TENS)})(?:{_GAP}{_UNIT})?|{'|'.join(_TEENS)}|{_UNIT})\b"
_HUNDREDS = rf"(?:a|{_UNIT}){_GAP}hundred\b(?:{_AND}{_BELOW_100})?"
_BELOW_1000 = rf"(?:{_HUNDREDS}|{_BELOW_100})"
_WORDS = re.compile(
    rf"\b(?:zero\b|(?P<thousands>{_BELOW_1000}|a){_GAP}thousand\b(?:,?{_AND}(?P<rest>{_BELOW_1000}))?|{_BELOW_1000})",
    re.IGNORECASE | re.ASCII,
)


def number_in(text: str, field: str) -> str:
    """Return the one number in a text, with its signs.

    Args:
        text: what the client wrote.
        field: what the client calls the text.

    Raises:
        InvalidPlan: the text contains no number, several, or one that is too long.
    """
    alone = text.strip()
    is_number = not alone.strip("0123456789" + SIGNS) and alone.strip(SIGNS)
    numbers = [alone] if is_number else _DIGITS.findall(text)
    numbers = numbers or [str(_value(found)) for found in _WORDS.finditer(text)]
    if len(numbers) != 1 or len(numbers[0]) > MAX_DIGITS:
        found = f"{len(numbers):,} numbers" if len(numbers) != 1 else f"one of {len(numbers[0]):,} characters"
        raise InvalidPlan(
            field,
            f"only numbers can be drawn: the {field} must contain one number of 1 to {MAX_DIGITS} digits and signs, "
            f'as in "a handwritten 42" or "12/31/2026", or one in words, as in "forty-two"; it contains {found}',
        )
    return numbers[0]


class PromptLooks(BaseModel):
    """How the number of a prompt is drawn: what this service can do beyond a protocol, as further fields of it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    ink: Ink = True
    layout: Annotated[
        Layout | None, Field(description="default: natural for a number of several characters in ink, otherwise grid")
    ] = None
    color: Annotated[
        Colour | None, Field(description="colour of the ink; default: white, or black on a transparent background")
    ] = None

    def picture(
        self, card: Card, number: str, width: int | None, height: int | None, field: str, background: str | None = None
    ) -> Picture:
        """Return how to show a number: as large as there is room for.

        How wide a number in natural layout is depends on the hand: `drawing.fitted` makes it lower where it must be.

        Args:
            card: card of the model that draws it.
            number: the number.
            width: pixels that the client has room for; None if it does not say.
            height: as width.
            field: what the client calls the size.
            background: colour behind the ink, or transparent; None for black.

        Raises:
            InvalidPlan: the model has no ink, the picture does not fit at any size, or the fields exclude each other.
        """
        if self.ink and card.is_colour:
            raise needs_ink("model", card, "a number")
        numbers = (number,) if len(number) > 1 else ()
        layout = self.layout or (NATURAL if self.ink and numbers else GRID)
        is_natural = layout == NATURAL and bool(numbers)
        across = len(number) * card.image_width
        if self.ink:
            name, unit, least, most, usual = "height", card.image_height, MIN_HEIGHT, MAX_HEIGHT, AUTO_HEIGHT
        else:
            name, unit, least, most, usual = "scale", 1, 1, MAX_SCALE, AUTO_SCALE
        rooms = [(height, card.image_height), (None if is_natural else width, across)]
        sizes = [room * unit // side for room, side in rooms if room is not None]
        size = min([*sizes, usual if width is None and height is None else most])
        if size < least:
            raise does_not_fit(field, card.image_height * least // unit, None if is_natural else across * least // unit)
        looks = {name: size, "ink": self.ink, "layout": layout, "background": background}
        looks["color"] = self.color or ("black" if background == TRANSPARENT else None)
        return Picture.of(
            validated(NumberLooks, looks, "field"),
            layout=NATURAL if is_natural else GRID,
            max_width=width if is_natural else None,
            numbers=numbers,
        )


def _value(found: re.Match[str]) -> int:
    if found["thousands"]:
        return 1_000 * _below_1000(found["thousands"]) + _below_1000(found["rest"] or "")
    return _below_1000(found[0])


def _below_1000(words: str) -> int:
    hundreds, separator, rest = words.lower().rpartition("hundred")
    return 100 * _sum(hundreds) * bool(separator) + _sum(rest)


def _sum(words: str) -> int:
    return sum(_VALUES.get(word, 0) for word in re.findall("[a-z]+", words))
