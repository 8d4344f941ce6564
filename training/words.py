"""Knows how durations, names, versions and lists of numbers are written in a command, and what to say of what is none.

Does not know commands.
"""

import re

import typer

from digitgan.contract import card as cards
from training.errors import TrainingError
from training.recipes import catalogue


def duration(text: str) -> float:
    """Return the seconds of ``90s``, ``15m``, ``1.5h``.

    Raises:
        BadParameter: it is none.
    """
    match = re.fullmatch(r"(\d+(?:\.\d+)?)([smh])", text)
    if not match or float(match[1]) == 0:
        raise typer.BadParameter("a duration above zero is a number and s, m or h, for example 90s, 60m or 1.5h")
    return float(match[1]) * {"s": 1, "m": 60, "h": 3600}[match[2]]


def recipe_name(text: str) -> str:
    """Return the name of a recipe.

    Raises:
        BadParameter: there is none of that name.
    """
    try:
        return catalogue.find(text).name
    except TrainingError as error:
        raise typer.BadParameter(str(error)) from None


def model_name(text: str) -> str:
    """Return the name of a model.

    Raises:
        BadParameter: no card may have it.
    """
    allowed = "a model's name is of small letters, digits and hyphens, and begins with a letter"
    return _spelt(text, cards.NAME_PATTERN, allowed)


def version(text: str) -> str:
    """Return the version of a model.

    Raises:
        BadParameter: no card may have it.
    """
    return _spelt(text, cards.VERSION_PATTERN, "a version is a whole number from 1 to 999999999, for example 2")


def whole_numbers(text: str) -> list[int]:
    """Return the numbers of ``1,2,3``.

    Raises:
        BadParameter: they are none.
    """
    allowed = "seeds are whole numbers from 0 with commas between, for example 1,2,3"
    return [int(number) for number in _spelt(text, r"\d+(,\d+)*", allowed).split(",")]


def _spelt(text: str, pattern: str, allowed: str) -> str:
    if not re.fullmatch(pattern, text):
        raise typer.BadParameter(allowed)
    return text
