r"""Patterns of numbers, such as ``dd/mm/yyyy`` or ``[1,000.00-9,999,999.99]``: which number each seed writes.

Nothing here may change without a new major version. The grammar, in full:

| in a pattern | writes |
|---|---|
| ``#``, ``#{5}``, ``#{3-8}`` | one digit, five, or three to eight, each length as likely as the others |
| ``[0-31]``, ``[00-31]`` | a whole number from the first end to the second, in the second case with leading zeros |
| ``[0.00-999.99]``, ``[1,000.00-9,999,999.99]``, ``[1.000,00-9.999,99]`` | an amount, written as the ends are |
| ``dd``, ``mm``, ``yyyy``, ``yy`` | parts of one day from 1900-01-01 to 2099-12-31, and of another one if repeated |
| ``HH``, ``MM``, ``SS`` | hours 00 to 23, minutes and seconds 00 to 59 |
| ``L``, ``E`` | the check digit by Luhn, or by GS1 as in EAN and ISBN-13, of all digits before it |
| digits and signs | themselves, also after a backslash |

The number of a seed is written from left to right. What is open is drawn as follows: draw k (0, 1, 2, ...) below n is
the integer h * n / 2**512, rounded down, where h is the little-endian integer in the 64 bytes of BLAKE2b, personalised
with ``digitgan-pattern``, of the seed in 8 bytes, k in 1 byte, both little-endian, and the pattern's text. A run of
digits whose length varies draws the length, then the digits as one number; a range, a day, hours, minutes and seconds
are one draw each. All arithmetic is of integers, and no number is likelier than another by more than 2**-200 of it.

Source: RFC 7693 (BLAKE2b); ISO/IEC 7812-1, annex B (Luhn); GS1 General Specifications, section 7.9.1.
"""

import re
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from hashlib import blake2b

from digitgan.contract.documents import shorten
from digitgan.contract.limits import MAX_DIGITS, MAX_PATTERN, SIGNS, SIGNS_IN_WORDS

_PERSON = b"digitgan-pattern"
_HASH_BYTES = 64
_FIRST_DAY, _LAST_DAY = date(1900, 1, 1).toordinal(), date(2099, 12, 31).toordinal()
_GROUP = 3  # digits between two separators

_RUN = re.compile(r"#(?:\{(\d{1,3})(?:-(\d{1,3}))?\})?")
_RANGE = re.compile(r"\[([\d., ]+)-([\d., ]+)\]")
_MARK = re.compile(r"[., ]")
_DAY_PARTS = {"dd": "day", "mm": "month", "yyyy": "year", "yy": "year"}
_TIME_PARTS = {"HH": 24, "MM": 60, "SS": 60}
_WORDS = re.compile("|".join([*_DAY_PARTS, *_TIME_PARTS, "L", "E"]))
_ALLOWED = (
    "a pattern has # for a digit, #{5} or #{3-8} for several, ranges such as [0-31] or [1,000.00-9,999.99], dd, mm, "
    f"yyyy and yy, HH, MM and SS, the check digits L and E, digits, and the signs {SIGNS_IN_WORDS}"
)


class BadPattern(ValueError):
    """A text is no pattern; the message names the character and says what is allowed.

    Args:
        position: of the character, from 0.
        detail: what is wrong there.
    """

    def __init__(self, position: int, detail: str) -> None:
        super().__init__(f"character {position + 1}: {detail}")


@dataclass(slots=True)
class _Writing:
    """A number being written.

    Attributes:
        draw: returns the next draw, an integer from 0 to below its argument.
        text: what is written so far.
        days: the days of the number.
    """

    draw: Callable[[int], int]
    text: str = ""
    days: dict[int, date] = field(default_factory=dict)


class _Part(ABC):
    """A part of a pattern.

    Attributes:
        longest: how many characters it writes at most.
    """

    longest: int

    @property
    def most_digits(self) -> int:
        """How many digits it writes at most; no part writes one only at times."""
        return self.longest

    @abstractmethod
    def write(self, number: _Writing) -> str:
        """Return what this part writes."""


@dataclass(frozen=True, slots=True)
class _Literal(_Part):
    text: str
    longest: int = 1

    @property
    def most_digits(self) -> int:
        return int(self.text.isdigit())

    def write(self, number: _Writing) -> str:  # noqa: ARG002
        return self.text


@dataclass(frozen=True, slots=True)
class _Run(_Part):
    shortest: int
    longest: int

    def write(self, number: _Writing) -> str:
        n = self.shortest
        if self.longest > n:
            n += number.draw(self.longest - n + 1)
        return f"{number.draw(10**n):0{n}}"


@dataclass(frozen=True, slots=True)
class _Range(_Part):
    """Whole numbers of the smallest unit, from `low` to `high`.

    Attributes:
        digits: least number of digits before the decimal mark.
        decimals: number of digits after it.
        mark: the decimal mark, empty for none.
        separator: between groups of three digits, empty for none.
    """

    low: int
    high: int
    longest: int
    digits: int
    decimals: int
    mark: str
    separator: str

    @property
    def most_digits(self) -> int:
        whole = len(str(self.high // 10**self.decimals))
        return max(whole, self.digits) + self.decimals

    def write(self, number: _Writing) -> str:
        value = self.low + number.draw(self.high - self.low + 1)
        whole, fraction = divmod(value, 10**self.decimals)
        text = f"{whole:,}".replace(",", self.separator) if self.separator else f"{whole:0{self.digits}}"
        return text + (f"{self.mark}{fraction:0{self.decimals}}" if self.decimals else "")


@dataclass(frozen=True, slots=True)
class _OfDay(_Part):
    part: str
    longest: int
    day: int

    def write(self, number: _Writing) -> str:
        if self.day not in number.days:
            ordinal = _FIRST_DAY + number.draw(_LAST_DAY - _FIRST_DAY + 1)
            number.days[self.day] = date.fromordinal(ordinal)
        value = getattr(number.days[self.day], self.part)
        return f"{value:0{self.longest}}"[-self.longest :]


@dataclass(frozen=True, slots=True)
class _OfTime(_Part):
    n: int
    longest: int = 2

    def write(self, number: _Writing) -> str:
        return f"{number.draw(self.n):02}"


@dataclass(frozen=True, slots=True)
class _Check(_Part):
    kind: str
    longest: int = 1

    def write(self, number: _Writing) -> str:
        digits = [int(each) for each in reversed(number.text) if each.isdigit()]
        if self.kind == "E":
            total = 3 * sum(digits[::2]) + sum(digits[1::2])
        else:
            total = sum(2 * each - 9 * (each > 4) for each in digits[::2]) + sum(digits[1::2])
        return str(-total % 10)


@dataclass(frozen=True, slots=True)
class Pattern:
    """A pattern, which says for each seed what number it writes.

    Attributes:
        text: as it was given.
        longest: how many characters a number has at most, at least 1 and at most `MAX_DIGITS`.
        most_digits: how many of them are digits at most, at least 1.
    """

    text: str
    longest: int
    most_digits: int
    _parts: tuple[_Part, ...] = field(repr=False)

    @classmethod
    @lru_cache(maxsize=64)
    def parse(cls, text: str) -> "Pattern":
        """Return the pattern that a text describes.

        Raises:
            BadPattern: the text is no pattern, is longer than `MAX_PATTERN` characters, or describes numbers of more
                than `MAX_DIGITS` characters or without a digit.
        """
        if len(text) > MAX_PATTERN:
            raise BadPattern(
                MAX_PATTERN, f"the pattern has {len(text):,} characters; at most {MAX_PATTERN} are allowed"
            )
        if not text.isascii():  # of which there are more digits, as Python counts them
            at = next(i for i, each in enumerate(text) if not each.isascii())
            raise BadPattern(at, f"{text[at]!r} has no meaning; {_ALLOWED}")
        parser = _Parser(text)
        longest = 0
        while parser.at < len(text):
            start = parser.at
            longest += parser.take().longest
            if longest > MAX_DIGITS:
                allowed = f"numbers may have at most {MAX_DIGITS} digits and signs"
                raise BadPattern(start, f"from here on, numbers have up to {longest:,} characters; {allowed}")
        if not parser.has_digits:
            raise BadPattern(0, f"no part of the pattern writes a digit; {_ALLOWED}")
        return cls(text, longest, sum(part.most_digits for part in parser.parts), tuple(parser.parts))

    def number(self, seed: int) -> str:
        """Return the number that a seed writes: a frozen function of the two, as this module's docstring defines it.

        Args:
            seed: an integer from 0 to `MAX_SEED`.
        """
        start, end, drawn = seed.to_bytes(8, "little"), self.text.encode("ascii"), 0

        def draw(n: int) -> int:
            nonlocal drawn
            content = start + drawn.to_bytes(1, "little") + end
            drawn += 1
            digest = blake2b(content, digest_size=_HASH_BYTES, person=_PERSON).digest()
            return int.from_bytes(digest, "little") * n >> 8 * _HASH_BYTES

        writing = _Writing(draw)
        for part in self._parts:
            writing.text += part.write(writing)
        return writing.text


class _Parser:
    """Takes the parts of a pattern's text, from left to right.

    Attributes:
        at: position of the first character that is not taken.
        parts: those that are.
        has_digits: whether one of them writes a digit.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self.at = 0
        self.parts: list[_Part] = []
        self.has_digits = False
        self._day = 0
        self._of_day: set[str] = set()

    def take(self) -> _Part:
        """Return the next part."""
        part, self.at = self._next()
        self.parts.append(part)
        self.has_digits |= part.most_digits > 0
        return part

    def _next(self) -> tuple[_Part, int]:
        """Return the next part and where it ends."""
        text, at = self._text, self.at
        character = text[at]
        if character == "\\":
            character = text[at + 1 : at + 2]
            if not _is_literal(character):
                raise BadPattern(at, f"a backslash precedes a digit or one of the signs {SIGNS_IN_WORDS}")
            return _Literal(character), at + 2
        if _is_literal(character):
            return _Literal(character), at + 1
        if character == "#":
            return self._run(at)
        if character == "[":
            return self._range(at)
        if found := _WORDS.match(text, at):
            return self._word(found[0]), found.end()
        raise BadPattern(at, f"{shorten(repr(character))} has no meaning here; {_ALLOWED}")

    def _run(self, at: int) -> tuple[_Part, int]:
        found = _RUN.match(self._text, at)
        assert found is not None  # noqa: S101 - there is a #
        if self._text.startswith("{", found.end()):
            raise BadPattern(found.end(), "after #, braces hold one length or two, as in #{5} or #{3-8}")
        shortest = int(found[1] or 1)
        longest = int(found[2] or shortest)
        if not 1 <= shortest <= longest <= MAX_DIGITS:
            raise BadPattern(at + 1, f"lengths go from 1 to {MAX_DIGITS}, the shorter one first, as in #{{3-8}}")
        return _Run(shortest, longest), found.end()

    def _range(self, at: int) -> tuple[_Part, int]:
        found = _RANGE.match(self._text, at)
        if not found:
            raise BadPattern(at, "a range has two ends of digits, as in [0-31], [00-31] or [1,000.00-9,999.99]")
        try:
            return _range_of(found[1], found[2]), found.end()
        except ValueError as error:
            raise BadPattern(at, f"range {shorten(found[0])}: {error}") from None

    def _word(self, word: str) -> _Part:
        if word in _TIME_PARTS:
            return _OfTime(_TIME_PARTS[word])
        if word not in _DAY_PARTS:
            if not self.has_digits:
                raise BadPattern(self.at, f"{word} is the check digit of the digits before it, and there are none")
            return _Check(word)
        part = _DAY_PARTS[word]
        if part in self._of_day:
            self._day += 1
            self._of_day.clear()
        self._of_day.add(part)
        return _OfDay(part, len(word), self._day)


def _is_literal(character: str) -> bool:
    return len(character) == 1 and character in "0123456789" + SIGNS


def _range_of(first: str, last: str) -> _Range:
    """Return the range between two ends.

    Raises:
        ValueError: they are no numbers, are written in different ways, or in the wrong order.
    """
    mark, separator = _marks(first, last)
    (low_whole, low_fraction), (high_whole, high_fraction) = (_split(end, mark, separator) for end in (first, last))
    decimals = len(low_fraction)
    if decimals != len(high_fraction):
        raise ValueError(f"{first} and {last} have different numbers of decimals")
    is_padded = low_whole.startswith("0") and len(low_whole) > 1
    if is_padded and (separator or len(low_whole) != len(high_whole)):
        raise ValueError("with leading zeros, both ends have equally many digits, and nothing separates them")
    if not is_padded and high_whole.startswith("0") and len(high_whole) > 1:
        raise ValueError(f"{last} has leading zeros, {first} has none")
    low, high = int(low_whole + low_fraction), int(high_whole + high_fraction)
    if low > high:
        raise ValueError(f"{first} is more than {last}; the smaller end comes first")
    return _Range(low, high, len(last), len(low_whole) if is_padded else 1, decimals, mark, separator)


def _marks(first: str, last: str) -> tuple[str, str]:
    """Return the decimal mark and the separator of thousands that two ends have, empty if they have none.

    Of two different marks, the last is decimal. A mark alone is decimal unless three digits follow it and one to three,
    which do not begin with 0, precede it, in each end that has it.
    """
    found = sorted((_MARK.findall(end) for end in (first, last)), key=lambda marks: -len(set(marks)))
    kinds = dict.fromkeys(mark for marks in found for mark in marks)
    if not kinds:
        return "", ""
    if len(kinds) > 1:
        separator, mark = found[0][0], found[0][-1]
        return mark, separator
    mark = next(iter(kinds))
    are_thousands = all(re.fullmatch(r"[1-9]\d{0,2}(?:[., ]\d{3})+", end) for end in (first, last) if mark in end)
    return ("", mark) if are_thousands else (mark, "")


def _split(end: str, mark: str, separator: str) -> tuple[str, str]:
    """Return the digits before and after the decimal mark of an end.

    Raises:
        ValueError: it is no number with these marks.
    """
    whole, fraction = end.split(mark, 1) if mark and mark in end else (end, "")
    is_grouped = bool(separator) and separator in whole
    groups = whole.split(separator) if is_grouped else [whole]
    is_complete = all(each.isdigit() for each in groups) and (fraction.isdigit() or not mark)
    if is_grouped:
        is_complete &= len(groups[0]) <= _GROUP and all(len(each) == _GROUP for each in groups[1:])
    elif separator:
        is_complete &= len(whole) <= _GROUP
    if not is_complete or " " in (mark, *fraction):
        raise ValueError(f"{end} is no number that is written like the other end")
    return "".join(groups), fraction
