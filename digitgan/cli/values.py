"""The values of options and arguments: what is allowed, and the error for anything else."""

import re
from collections.abc import Sequence
from typing import Any

import click

from digitgan.contract.limits import MAX_SEED


class Integer(click.ParamType[int]):
    """A whole number in a range; 7.0 and 1e3 count as whole.

    Args:
        least: lowest number allowed.
        most: highest number allowed; default: the largest integer that JSON represents exactly.
    """

    name = "N"

    def __init__(self, least: int, most: int = MAX_SEED) -> None:
        self._least = least
        self._most = most

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Return the number."""
        number = _number(value)
        if number is None or number != number // 1 or not _is_within(number, self._least, self._most):
            self.fail(f"{value!r} is not an integer {_range(self._least, self._most)}", param, ctx)
        return int(value) if isinstance(number, int) else int(number)


class Decimal(click.ParamType[float]):
    """A number in a range.

    Args:
        least: lowest number allowed.
        most: highest number allowed; default: the largest integer that JSON represents exactly.
    """

    name = "N"

    def __init__(self, least: float, most: float = MAX_SEED) -> None:
        self._least = least
        self._most = most

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Return the number."""
        number = _number(value)
        if number is None or not _is_within(number, self._least, self._most):
            self.fail(f"{value!r} is not a number {_range(self._least, self._most)}", param, ctx)
        return float(number)


class Words(click.ParamType[list[str]]):
    """Some of a few words, with commas between them.

    Args:
        allowed: the words.
    """

    name = "WORD,..."

    def __init__(self, allowed: Sequence[str]) -> None:
        self._allowed = allowed

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> list[str]:
        """Return the words, in their order."""
        words = str(value).split(",")
        for word in words:
            if word not in self._allowed:
                self.fail(f"{word!r} is not one of {', '.join(self._allowed)}", param, ctx)
        return words


class PatternedText(click.ParamType[str]):
    """Text that matches a pattern.

    Args:
        name: how usage lines show the value.
        pattern: regular expression for the whole text.
        allowed: what is allowed, for the error message.
    """

    def __init__(self, name: str, pattern: str, allowed: str) -> None:
        self.name = name
        self._pattern = re.compile(pattern)
        self._allowed = allowed

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the text."""
        if not self._pattern.fullmatch(value):
            self.fail(f"{value!r} is not {self._allowed}", param, ctx)
        return str(value)


def _number(value: Any) -> int | float | None:
    for kind in (int, float):
        try:
            return kind(value)
        except (ValueError, OverflowError):
            continue
    return None


def _is_within(number: float, least: float, most: float) -> bool:
    return least <= number <= most


def _range(least: float, most: float) -> str:
    return f"from {least:,} to {most:,}"
