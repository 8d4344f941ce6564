"""The two networks of a recipe as a drawing: their layers, what goes in and out, and how the generator learns."""

import math
from collections.abc import Sequence
from html import escape

from ..networks.mlp import MlpDiscriminatorConfig, MlpGeneratorConfig
from ..recipes.recipe import TrainingRecipe
from .charts import HEIGHT, WIDTH

PIXELS = 28 * 28
_UPPER, _LOWER = 74, 172  # heights of the two rows' middles
_COLUMNS = (80, 150, 220, 290, 360)  # of the layers' middles
_BAR = 12  # width of a layer
_SCALE = 6.2  # units of height for each doubling of a layer's width


def networks_diagram(recipe: TrainingRecipe) -> str:
    """Return both networks as one ``<svg>`` element of a chart's size and classes.

    The generator goes from left to right; below it the discriminator goes back from its images to one answer.

    Args:
        recipe: of perceptrons, with three and two hidden layers.

    Raises:
        TypeError: the recipe has networks of another kind.
        ValueError: they have another number of layers.
    """
    generator, discriminator = recipe.generator, recipe.discriminator
    if not (isinstance(generator, MlpGeneratorConfig) and isinstance(discriminator, MlpDiscriminatorConfig)):
        raise TypeError(f"the networks of {recipe.name} are no perceptrons")
    above = [generator.style_size, *generator.widths, PIXELS]
    below = [PIXELS, *discriminator.widths, 1]
    if (len(above), len(below)) != (5, 4):
        raise ValueError(f"the drawing has room for 5 and 4 layers, not for {len(above)} and {len(below)}")
    title = (
        f"The generator takes {_listed(above)} units; the discriminator {_listed(below)}. Real and generated images "
        "enter the discriminator, and its gradient goes back to the generator."
    )
    left, right = _COLUMNS[0], _COLUMNS[-1]
    answer = _COLUMNS[1]  # the discriminator's last layer
    parts = [
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(title)}">',
        *_layers(above, _COLUMNS, _UPPER, "c0"),
        *_layers(below, _COLUMNS[:0:-1], _LOWER, "c1"),
        _text(left, 16, "Generator G", "key"),
        _text(right + 70, HEIGHT - 7, "Discriminator D", "key", "end"),
        _text(12, _UPPER + 4, "noise z"),
        _arrow("c0", (57, _UPPER), (left - 10, _UPPER)),
        _text(right + 14, _UPPER + 4, "image G(z)"),
        _arrow("c0", (right, _UPPER + _half(PIXELS) + 17), (right, _LOWER - _half(PIXELS) - 3)),
        _text(right + 14, _LOWER - 12, "or a real x"),
        _arrow("c2", (right + 64, _LOWER), (right + 10, _LOWER)),
        _arrow("c1", (answer - 10, _LOWER), (68, _LOWER)),
        _text(12, _LOWER + 4, "answer D"),
        f'<path class="level" d="M36 {_LOWER - 12}V{_UPPER + 26}"/>',
        f'<path class="level" style="stroke-dasharray:none" d="M32 {_UPPER + 24}l4 -6l4 6"/>',
        _text(44, 130, "G learns from D\u2019s gradient"),
        "</svg>",
    ]
    return "".join(parts)


def _layers(units: Sequence[int], columns: Sequence[int], middle: int, colour: str) -> list[str]:
    """Return the bars of a network's layers, joined by the lines of their outermost units, and their widths below."""
    parts = []
    for (n, x), (m, after) in zip(
        zip(units, columns, strict=True), zip(units[1:], columns[1:], strict=True), strict=False
    ):
        step = _BAR / 2 if after > x else -_BAR / 2
        parts.append(
            f'<path class="grid" d="M{x + step} {middle - _half(n)}L{after - step} {middle - _half(m)}'
            f'M{x + step} {middle + _half(n)}L{after - step} {middle + _half(m)}"/>'
        )
    for n, x in zip(units, columns, strict=True):
        height = 2 * _half(n)
        parts.append(
            f'<rect class="curve {colour}" x="{x - _BAR / 2}" y="{middle - height / 2}" width="{_BAR}" '
            f'height="{height}" rx="3"/>'
        )
        parts.append(_text(x, middle + _half(n) + 13, f"{n:,}", anchor="middle"))
    return parts


def _half(units: int) -> float:
    """Return half of the height of a layer."""
    return round(max(_SCALE * math.log2(units), 6) / 2, 1)


def _text(x: float, y: float, text: str, kind: str = "tick", anchor: str = "start") -> str:
    return f'<text class="{kind}" x="{x:g}" y="{y:g}" text-anchor="{anchor}">{escape(text)}</text>'


def _arrow(colour: str, start: tuple[float, float], end: tuple[float, float]) -> str:
    """Return a horizontal or vertical arrow."""
    (x0, y0), (x1, y1) = start, end
    if x0 == x1:
        head = f"M{x1 - 4:g} {y1 - 5:g}L{x1:g} {y1:g}L{x1 + 4:g} {y1 - 5:g}"
    else:
        back = 5 if x1 < x0 else -5
        head = f"M{x1 + back:g} {y1 - 4:g}L{x1:g} {y1:g}L{x1 + back:g} {y1 + 4:g}"
    return f'<path class="curve {colour}" d="M{x0:g} {y0:g}L{x1:g} {y1:g}{head}"/>'


def _listed(units: Sequence[int]) -> str:
    return ", ".join(f"{n:,}" for n in units[:-1]) + f" and {units[-1]:,}"
