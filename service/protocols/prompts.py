"""The number that a text contains and its pictures, for protocols whose clients write what they want in words.

Digits come first: a number is digits, with single signs between them, as in 555-1234. Only a text without digits is
searched for English number words, from zero to nine hundred ninety-nine thousand nine hundred ninety-nine.
"""

import re

from digitgan.contract.card import Card
from digitgan.contract.errors import InvalidPlan
from digitgan.contract.limits import MAX_DIGITS, MAX_SCALE
from digitgan.engine.plan import Plan, number_plan
from digitgan.engine.source import Seeds
from digitgan.picture.picture import Picture

AUTO_SCALE = 8  # of a picture whose size the client leaves open

_UNITS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
_TEENS = ["ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"]
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_VALUES = {word: value for value, word in enumerate([*_UNITS, *_TEENS])}
_VALUES |= {word: 10 * tens for tens, word in enumerate(_TENS, 2)}
_VALUES |= {"a": 1}

_DIGITS = re.compile(r"[0-9]+(?:[.,:/+-][0-9]+)*")

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


def digits_of(text: str, field: str) -> str:
    """Return the digits of the one number in a text; signs between them are left out, since they cannot be drawn.

    Args:
        text: what the client wrote.
        field: what the client calls the text.

    Raises:
        InvalidPlan: the text contains no number, several, or one that is too long.
    """
    numbers = [re.sub("[^0-9]", "", found) for found in _DIGITS.findall(text)]
    numbers = numbers or [str(_value(found)) for found in _WORDS.finditer(text)]
    if len(numbers) != 1 or len(numbers[0]) > MAX_DIGITS:
        found = f"{len(numbers):,} numbers" if len(numbers) != 1 else f"a number of {len(numbers[0]):,} digits"
        raise InvalidPlan(
            field,
            f"only numbers can be drawn: the {field} must contain one number of 1 to {MAX_DIGITS} digits, as in "
            f'"a handwritten 42", or one in words, as in "forty-two"; it contains {found}',
        )
    return numbers[0]


def number_pictures(
    card: Card, digits: str, seeds: Seeds, *, version: str | None = None, scale: int = AUTO_SCALE, field: str
) -> tuple[Plan, Picture]:
    """Return what to generate and how to show it: one number in the hand of each seed, each a picture of its own.

    Args:
        card: card of the model that draws them.
        digits: the number.
        seeds: one for each picture.
        version: the version that the client names; None if it names none.
        scale: side of the square that each pixel becomes.
        field: what the client calls the number.
    """
    numbers = (digits,) * len(seeds)
    plan = number_plan(seeds, numbers, labels_field=field, model=card.model, version=version)
    return plan, Picture(scale=scale, numbers=numbers if len(digits) > 1 else ())


def fitting_scale(card: Card, digits: str, width: int | None, height: int | None, field: str) -> int:
    """Return the largest whole scale at which the picture of a number fits.

    Args:
        card: card of the model that draws it.
        digits: the number.
        width: pixels that the client has room for; None if it does not say.
        height: as width.
        field: what the client calls the size.

    Raises:
        InvalidPlan: the picture does not fit at any scale.
    """
    sides = [(width, len(digits) * card.image_width), (height, card.image_height)]
    scales = [room // side for room, side in sides if room is not None]
    scale = min([*scales, MAX_SCALE]) if scales else AUTO_SCALE
    if scale < 1:
        raise InvalidPlan(field, f"the picture has at least {sides[0][1]}x{sides[1][1]} pixels, which do not fit")
    return scale


def _value(found: re.Match[str]) -> int:
    if found["thousands"]:
        return 1_000 * _below_1000(found["thousands"]) + _below_1000(found["rest"] or "")
    return _below_1000(found[0])


def _below_1000(words: str) -> int:
    hundreds, separator, rest = words.lower().rpartition("hundred")
    return 100 * _sum(hundreds) * bool(separator) + _sum(rest)


def _sum(words: str) -> int:
    return sum(_VALUES.get(word, 0) for word in re.findall("[a-z]+", words))
