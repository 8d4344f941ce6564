"""The values that commands of training take: durations, recipes, models, names, versions, lists of seeds, scales."""

import math
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from digitgan.cli.values import Integer, PatternedText
from digitgan.contract.limits import MAX_IMAGE_SIDE, MAX_SEED, MIN_IMAGE_SIDE, NAME_PATTERN, VERSION_PATTERN
from digitgan.engine.cpus import available_cpus

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

_SECONDS = {"s": 1, "m": 60, "h": 3600}


class Duration(click.ParamType[float]):
    """A time such as 90s, 60m or 1.5h, in seconds."""

    name = "TIME"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Return the seconds."""
        match = re.fullmatch(r"([0-9]{1,9}(?:\.[0-9]{1,9})?)([smh])", value)
        if not match or float(match[1]) == 0:
            allowed = "a duration above zero: a number and s, m or h, for example 90s, 60m or 1.5h"
            self.fail(f"{value!r} is not {allowed}", param, ctx)
        return round(float(match[1]) * _SECONDS[match[2]], 9)  # can be written again as TIME


class HeightWidth(click.ParamType[tuple[int, int]]):
    """The size of images: one number of pixels for a square, or height and width."""

    name = "N"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[int, int]:
        """Return height and width."""
        if isinstance(value, tuple):
            return value
        match = re.fullmatch(r"([0-9]{1,4})(?:x([0-9]{1,4}))?", value)
        height, width = (int(match[1]), int(match[2] or match[1])) if match else (0, 0)
        if not all(MIN_IMAGE_SIDE <= side <= MAX_IMAGE_SIDE for side in (height, width)):
            sides = f"{MIN_IMAGE_SIDE} to {MAX_IMAGE_SIDE}"
            self.fail(
                f"{value!r} is not a size: a number of pixels from {sides}, or height and width such as 48x32",
                param,
                ctx,
            )
        return height, width


class ProcessorCount(click.ParamType[int]):
    """A number of threads or processes, at most as many as there are processors: more only wait for each other."""

    name = "N"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Return the number."""
        from digitgan.contract.words import counted  # loads pydantic, which help does without

        number, most = Integer(1).convert(value, param, ctx), available_cpus()
        if number > most:
            processors = counted(most, "processor")
            self.fail(f"{value!r} is too many: this process may use {processors}, so at most {most:,}", param, ctx)
        return number


class RecipeName(click.ParamType[str]):
    """The name of a recipe."""

    name = "RECIPE"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the name."""
        from ..errors import TrainingError
        from ..recipes import catalogue

        try:
            return catalogue.find(value).name
        except TrainingError as error:
            self.fail(str(error), param, ctx)

    def shell_complete(
        self,
        ctx: click.Context,  # noqa: ARG002 - click's signature
        param: click.Parameter,  # noqa: ARG002
        incomplete: str,
    ) -> "list[CompletionItem]":
        """Return the recipes that begin with what was typed."""
        from click.shell_completion import CompletionItem

        from ..recipes.catalogue import RECIPES

        return [CompletionItem(name) for name in RECIPES if name.startswith(incomplete)]


class SeedList(click.ParamType[list[int]]):
    """Whole numbers, separated by commas."""

    name = "N,N,..."

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> list[int]:
        """Return the numbers."""
        if isinstance(value, list):
            return value
        is_list = re.fullmatch(r"[0-9]{1,16}(,[0-9]{1,16})*", value)  # so that each converts in no time
        seeds = [int(number) for number in value.split(",")] if is_list else []
        if not seeds or max(seeds) > MAX_SEED:
            allowed = f"whole numbers from 0 to {MAX_SEED}, for example 1,2,3"
            self.fail(f"{value!r} is not a list of seeds: {allowed}", param, ctx)
        return seeds


class RecipeList(click.ParamType[list[str]]):
    """Names of recipes, separated by commas."""

    name = "RECIPE,..."

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> list[str]:
        """Return the names."""
        return [RecipeName().convert(name.strip(), param, ctx) for name in value.split(",")]


class NameList(click.ParamType[tuple[str, ...]]):
    """Names, separated by commas."""

    name = "NAME,..."

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, ...]:
        """Return the names."""
        from digitgan.contract.class_names import check_names  # loads pydantic, which help does without

        names = tuple(name.strip() for name in value.split(","))
        if not all(names):
            self.fail(f"{value!r} is not a list of names with commas between them, none of them empty", param, ctx)
        try:
            check_names(names)
        except ValueError as error:
            self.fail(str(error), param, ctx)
        return names


class ModelPath(click.ParamType[Path]):
    """An exported version: its folder or the model file in it, which stand for the same.

    Args:
        takes_files: whether an ONNX file without a card is allowed too.
    """

    name = "MODEL"

    def __init__(self, *, takes_files: bool = False) -> None:
        self._takes_files = takes_files

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        """Return the version's folder, or the file if it has no card."""
        from digitgan.contract.card import CARD_FILE, MODEL_FILE

        path = Path(value)
        if path.name == MODEL_FILE and (path.parent / CARD_FILE).is_file():
            return path.parent
        if not path.exists():
            self.fail(f"{value!r} does not exist", param, ctx)
        if not path.is_dir() and not self._takes_files:
            self.fail(f"{value!r} is a file without a {CARD_FILE} beside it; name an exported version", param, ctx)
        return path

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list["CompletionItem"]:  # noqa: ARG002
        """Return a directive for the shell to complete the names of files."""
        from click.shell_completion import CompletionItem

        return [CompletionItem(incomplete, type="file")]


class PixelScale(click.ParamType[tuple[float, float]]):
    """The values of black and white, with two points between them: -1..1, 0..255 or 1..0."""

    name = "BLACK..WHITE"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[float, float]:
        """Return both values."""
        number = r"([+-]?[0-9]{1,9}(?:\.[0-9]{1,9})?)"
        match = re.fullmatch(rf"{number}\.\.{number}", value)
        scale = (float(match[1]), float(match[2])) if match else (math.nan, math.nan)
        if not match or scale[0] == scale[1]:
            self.fail(
                f"{value!r} is not two different numbers with .. between them, such as -1..1 or 255..0", param, ctx
            )
        return scale


MODEL_NAME = PatternedText(
    "NAME", NAME_PATTERN, "a model's name: small letters, digits and hyphens, beginning with a letter"
)
# Neither control characters, which a terminal would obey, nor parts of characters that are not UTF-8.
LINE = PatternedText("TEXT", r"[^\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+", "one line of printable text")
VERSION = PatternedText("NUMBER", VERSION_PATTERN, "a version: a whole number from 1 to 999999999, for example 2")
